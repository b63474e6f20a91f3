import { randomUUID } from 'node:crypto';
import { constants } from 'node:http2';
import {
  Metadata,
  ServerInterceptingCall,
  type ServerInterceptingCallInterface,
  type ServerListener,
  type ServerMethodDefinition,
  status,
} from '@grpc/grpc-js';
import type { Config } from '@org/layout-config';
import {
  type ActiveSpan,
  type ConnectionGuard,
  type GuardedRequest,
  type Logger,
  type OnLimit,
  type OriginReader,
  type Tracer,
  type UnfinishedRequests,
  assertPrivate,
  limitOf,
  requestContext,
  ruleFor,
} from '@org/server';
import { DETAILS_KEY, answerFor } from '../errors/answer.js';
import { malformedRequest } from '../errors/errors.js';
import { type Caller, callerOf, noteCaller, streamOf } from './caller.js';
import type { StreamPlaces } from './stream-places.js';

/** Where calls are logged and counted. */
export interface CallTelemetry {
  readonly logger: Logger;
  readonly onLimit: OnLimit;
  readonly tracer: Tracer;
  readonly metrics: {
    readonly grpcRequests: { observe(labels: { method: string; status: string }, seconds: number): void };
  };
}

export type Method = ServerMethodDefinition<unknown, unknown>;
type Status = Parameters<ServerInterceptingCallInterface['sendStatus']>[0];

const REQUEST_ID = 'x-request-id';
/** A caller's id is used only if it cannot confuse a log. */
const ACCEPTED_ID = /^[A-Za-z0-9._:-]{1,128}$/;
/** Sent every few seconds by machines: of interest only for debugging. */
const PROBES = /^grpc\./;

export interface SupervisedCallOptions {
  readonly telemetry: CallTelemetry;
  readonly method: Method;
  readonly call: ServerInterceptingCallInterface;
  readonly limitMs: number;
  readonly originOf: OriginReader;
  /** Taken by streams that no handler of ours ends. */
  readonly probePlaces: StreamPlaces;
  readonly connections: Pick<ConnectionGuard, 'use'>;
  readonly unfinished: UnfinishedRequests;
  readonly enrolment: Pick<Config['enrolment'], 'legacyDevicesPlainHttp'>;
  readonly onEnd: () => void;
}

/** One call, from its headers to its status. */
export class SupervisedCall {
  readonly #from = performance.now();
  readonly #timer: NodeJS.Timeout;
  #requestId: string = randomUUID();
  #received = false;
  #address: string | undefined;
  #noteArrival: () => void = () => undefined;
  #answering = false;
  #ended = false;
  #span: ActiveSpan | undefined;
  /** Gives back what this call takes up. */
  readonly #leave: (() => void)[] = [];

  constructor(private readonly options: SupervisedCallOptions) {
    const { call, limitMs } = options;
    this.#timer = setTimeout(() => this.#giveUp(), limitMs).unref();
    // grpc-js sends what it refuses itself (deadlines, sizes, bytes that are no message) past interceptors.
    const send = call.sendStatus.bind(call);
    call.sendStatus = (given) => send(this.#ending(given));
  }

  intercepting(): ServerInterceptingCall {
    return new ServerInterceptingCall(this.options.call, {
      start: (next) => next(this.#listener()),
      sendMetadata: (metadata, next) => next(this.#marked(metadata)),
      sendMessage: (message, next) => {
        this.#answering = true;
        next(message);
      },
    });
  }

  #listener(): ServerListener {
    const { call } = this.options;
    const inContext = (next: () => void) => {
      const inRequest = () => requestContext.run({ requestId: this.#requestId }, next);
      if (this.#span) this.#span.run(inRequest);
      else inRequest();
    };
    return {
      onReceiveMetadata: (metadata, next) => {
        const [given] = metadata.get(REQUEST_ID);
        if (typeof given === 'string' && ACCEPTED_ID.test(given)) this.#requestId = given;
        noteCaller(metadata, call, this.options.originOf);
        this.#beginSpan(metadata);
        if (this.#mayStay(callerOf(metadata))) inContext(() => next(metadata));
      },
      onReceiveMessage: (message, next) => {
        if (this.options.method.requestStream) this.#noteArrival();
        inContext(() => next(message));
      },
      onReceiveHalfClose: (next) => {
        this.#noteArrival();
        inContext(next);
      },
      onCancel: () => {
        const late = Number(call.getDeadline()) <= Date.now();
        this.#end(late ? status.DEADLINE_EXCEEDED : status.CANCELLED);
      },
    };
  }

  /** Streams of devices take their places when they are subscribed; see `Waiting`. */
  #mayStay(caller: Caller): boolean {
    const { method, call, probePlaces, connections, enrolment } = this.options;
    const { address } = caller;
    this.#address = address;
    const guarded = connections.use(call.getConnectionInfo());
    this.#leave.push(guarded.over);
    this.#boundRequest(address, guarded);
    if (this.#ended) return false;
    try {
      if (!PROBES.test(nameOf(method))) assertPrivate(ruleFor(nameOf(method)), caller, enrolment);
      else if (method.responseStream) this.#leave.push(probePlaces.take(address));
      return true;
    } catch (error) {
      this.#refuse(error, address);
      return false;
    }
  }

  /** Until it is there, a request holds what has come of it. */
  #boundRequest(address: string, { arrived }: GuardedRequest): void {
    const { unfinished, call } = this.options;
    const request = { address, refuse: (error: unknown) => this.#refuse(error, address) };
    const hold = ({ length }: Buffer) => unfinished.hold(request, length + FRAME_BYTES);
    this.#noteArrival = () => {
      this.#received = true;
      arrived();
      streamOf(call).off('data', hold);
      unfinished.end(request);
    };
    streamOf(call).on('data', hold);
    unfinished.begin(request);
  }

  #refuse(error: unknown, address: string): void {
    const limit = limitOf(error);
    if (limit !== undefined) this.options.telemetry.onLimit(limit, { address });
    this.options.call.sendStatus(answerFor(error));
  }

  #giveUp(): void {
    const { method, call } = this.options;
    const mayGoOn = method.responseStream || call.getDeadline() !== Infinity;
    if (this.#received && mayGoOn) return;
    call.sendStatus({ code: status.DEADLINE_EXCEEDED, details: 'Deadline exceeded' });
  }

  #ending(given: Status): Status {
    const said = this.#isUnreadable(given) ? answerFor(malformedRequest()) : given;
    this.#end(said.code);
    return { ...said, metadata: this.#marked(said.metadata?.clone() ?? new Metadata()) };
  }

  /** Our own answers have details. INTERNAL from grpc-js before any answer means that the request is malformed. */
  #isUnreadable({ code, metadata }: Status): boolean {
    return code === status.INTERNAL && !this.#answering && !metadata?.get(DETAILS_KEY).length;
  }

  #marked(metadata: Metadata): Metadata {
    metadata.set(REQUEST_ID, this.#requestId);
    return metadata;
  }

  /** Otherwise a caller that keeps sending would use memory even after the answer. */
  #stopReceiving(): void {
    this.#noteArrival();
    const stream = streamOf(this.options.call);
    setImmediate(() => stream.close(constants.NGHTTP2_NO_ERROR));
  }

  #beginSpan(metadata: Metadata): void {
    const { telemetry, method } = this.options;
    const name = nameOf(method);
    if (!telemetry.tracer.isOn || PROBES.test(name)) return;
    this.#span = telemetry.tracer.begin({
      name,
      kind: 'server',
      attributes: { 'rpc.system': 'grpc', 'rpc.method': name, request_id: this.#requestId },
      traceparent: metadata.get('traceparent')[0]?.toString(),
    });
  }

  #end(code: status): void {
    if (this.#ended) return;
    this.#ended = true;
    clearTimeout(this.#timer);
    if (!this.#received) this.#stopReceiving();
    const { method, telemetry, onEnd } = this.options;
    onEnd();
    for (const giveBack of this.#leave) giveBack();
    const name = nameOf(method);
    const ms = performance.now() - this.#from;
    telemetry.metrics.grpcRequests.observe({ method: name, status: status[code] }, ms / 1000);
    this.#span?.end({
      attributes: { 'rpc.grpc.status_code': code },
      error: SERVER_ERRORS.has(code) ? status[code] : undefined,
    });
    const facts = {
      method: name,
      status: status[code],
      ms: Math.round(ms),
      request_id: this.#requestId,
      ...(code !== status.OK && { address: this.#address }),
    };
    if (PROBES.test(name)) telemetry.logger.debug(facts, 'call');
    else telemetry.logger.info(facts, 'call');
  }
}

/** Those that are not the caller's fault. */
const SERVER_ERRORS = new Set([status.UNKNOWN, status.INTERNAL, status.UNAVAILABLE, status.DATA_LOSS]);

/** Of memory for each piece in which a message comes, however short. */
const FRAME_BYTES = 256;

const nameOf = ({ path }: Method): string => path.slice(1);
