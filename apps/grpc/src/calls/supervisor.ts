import type { ServerInterceptingCallInterface, ServerInterceptor } from '@grpc/grpc-js';
import type { Config } from '@org/layout-config';
import { type ConnectionGuard, UnfinishedRequests, type UnfinishedBounds, originReader } from '@org/server';
import { answerFor } from '../errors/answer.js';
import { stopping } from '../errors/errors.js';
import { type PlaceLimits, StreamPlaces } from './stream-places.js';
import {
  type CallTelemetry,
  type Method,
  SupervisedCall,
  type SupervisedCallOptions,
} from './supervised-call.js';

/** Streams of health and reflection, which go on for as long as their callers like. Balancers hold one or two each. */
const PROBE_STREAMS = { overAll: 200, perAddress: 50 };

interface CallSupervisorOptions {
  readonly telemetry: CallTelemetry;
  /** IP addresses and CIDR blocks of the proxies whose `x-forwarded-for` is believed. Default none. */
  readonly trustedProxies?: readonly string[];
  /**
   * Milliseconds in which a request has to be here, and, where its caller sets no deadline, be answered. Streams of
   * answers may go on; their handlers end them.
   */
  readonly limitMs: number;
  readonly probeStreams?: PlaceLimits;
  readonly connections: Pick<ConnectionGuard, 'use'>;
  readonly enrolment: Pick<Config['enrolment'], 'legacyDevicesPlainHttp'>;
  /** Of requests that have not arrived in full. */
  readonly unfinished: UnfinishedBounds;
}

/** Gives every call an id, a limit and a caller; logs and counts it when it ends. */
export class CallSupervisor {
  readonly #streams = new Set<ServerInterceptingCallInterface>();

  readonly #call: Omit<SupervisedCallOptions, 'method' | 'call' | 'onEnd'>;

  constructor(options: CallSupervisorOptions) {
    const { trustedProxies = [], probeStreams = PROBE_STREAMS } = options;
    this.#call = {
      ...options,
      originOf: originReader(trustedProxies),
      probePlaces: new StreamPlaces(probeStreams),
      unfinished: new UnfinishedRequests(options.unfinished),
    };
  }

  readonly interceptor: ServerInterceptor = (method, call) => {
    if (method.responseStream) this.#streams.add(call);
    const supervised = new SupervisedCall({
      ...this.#call,
      method: method as Method,
      call,
      onEnd: () => this.#streams.delete(call),
    });
    return supervised.intercepting();
  };

  /** Streams would go on after everything else has ended. */
  endStreams(): void {
    for (const call of this.#streams) call.sendStatus(answerFor(stopping()));
  }
}
