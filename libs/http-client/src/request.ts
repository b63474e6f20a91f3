import type { Secret } from '@org/domain';
import type { Failure } from './errors.js';
import type { Decode } from './go-json.js';
import type { Path, Query } from './path.js';

export type Method = 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/** One try of a call, for metrics and logs. Holds no secret. */
export interface Attempt {
  readonly service: string;
  readonly operation: string;
  readonly method: Method;
  /** From 1. */
  readonly attempt: number;
  /** Undefined when no answer came. */
  readonly status: number | undefined;
  /** Undefined when it succeeded. */
  readonly failure: Pick<Failure, 'kind' | 'code'> | undefined;
  readonly ms: number;
}

/** A try that has begun. */
export interface BegunAttempt {
  /** To be sent with it. */
  readonly headers: Readonly<Record<string, string>>;
  end(attempt: Attempt): void;
}

export type Refinement = Pick<Failure, 'kind' | 'code'>;
export type Refine = (failure: Failure) => Refinement | undefined;

/**
 * A `refine` that goes by status, or by status and message where a status is used for several things. Services
 * like Magistrala's answer 400 to a conflict, and only the message tells.
 *
 * @param table keys are `404` or `400 entity already exists`; the longer key wins.
 */
export function refineBy(table: Readonly<Record<string, Refinement>>): Refine {
  return ({ status, upstreamMessage }) => table[`${status} ${upstreamMessage}`] ?? table[`${status}`];
}

export interface RequestOptions {
  /** What errors and metrics call it. */
  readonly operation: string;
  readonly method: Method;
  readonly path: Path;
  readonly query?: Query;
  readonly headers?: Readonly<Record<string, string>>;
  /** Goes into `Authorization`, after `scheme` and one space. */
  readonly token?: Secret;
  /** `Bearer` by default; devices use `Client`. */
  readonly scheme?: 'Bearer' | 'Client';
  /** Sent as `application/json`, without parameters: some services refuse `; charset=utf-8`. */
  readonly json?: unknown;
  /** Another kind of body; give its `content-type` in `headers`. */
  readonly body?: string | Buffer;
  /** Statuses that mean success. */
  readonly expect: readonly number[];
  /** Whether the same request may be sent twice. Default: GET, HEAD, PUT and DELETE. */
  readonly repeatable?: boolean;
  /** Whether it changes nothing, so that a lost response is `unavailable`, not `ambiguous`. Default: GET and HEAD. */
  readonly safe?: boolean;
  /** Whether it is known to take long: it has a time limit of its own. */
  readonly slow?: boolean;
  /** What a failure means where this operation knows better than the status says; undefined where it does not. */
  readonly refine?: Refine;
  readonly signal?: AbortSignal;
}

/** @internal A request together with its decoder, if it has one. */
export type DecodedRequest = RequestOptions & { readonly decode?: Decode<unknown> };

/** @internal Whether it changes nothing. */
export const isSafe = ({ safe, method }: Pick<RequestOptions, 'safe' | 'method'>): boolean =>
  safe ?? (method === 'GET' || method === 'HEAD');
