import type { ServerInterceptingCallInterface, ServerInterceptor } from '@grpc/grpc-js';
import { answerFor } from '../errors/answer.js';
import { stopping } from '../errors/errors.js';
import { type Method, SupervisedCall, type Told } from './supervised-call.js';

/**
 * Milliseconds in which a request has to be here, and, where its caller sets no deadline, be answered. Streams of
 * answers may go on; their handlers end them.
 */
const LIMIT_MS = 30_000;

/** Gives every call an id, a limit and a caller; logs and counts it when it ends. */
export class CallSupervisor {
  readonly #streams = new Set<ServerInterceptingCallInterface>();

  constructor(
    private readonly told: Told,
    private readonly limitMs = LIMIT_MS,
  ) {}

  readonly interceptor: ServerInterceptor = (method, call) => {
    if (method.responseStream) this.#streams.add(call);
    const supervised = new SupervisedCall({
      told: this.told,
      method: method as Method,
      call,
      limitMs: this.limitMs,
      onEnd: () => this.#streams.delete(call),
    });
    return supervised.intercepting();
  };

  /** Streams would go on after everything else has ended. */
  endStreams(): void {
    for (const call of this.#streams) call.sendStatus(answerFor(stopping()));
  }
}
