export type { AbandonedCalls } from './abandoned.js';
export type { CallOptions, DomainCallOptions } from './call.js';
export { type HttpClient, type HttpClientOptions, createHttpClient } from './client.js';
export { type Failure, HttpError, type HttpErrorCode, isHttpError } from './errors.js';
export type { Answer } from './answer.js';
export { type Decode, fromJson, goList, goTime, needed } from './go-json.js';
export { type Health, fetchHealth } from './health.js';
export { type Page, type PageOptions, type WirePage, toPage } from './page.js';
export { type Path, type Query, encodePathSegment, path } from './path.js';
export {
  type Attempt,
  type BegunAttempt,
  type Method,
  type Refine,
  type Refinement,
  type RequestOptions,
  refineBy,
} from './request.js';
export type { RetryOptions } from './retry.js';
export type { SenderOptions, TlsOptions } from './sender-options.js';
export { type TimeLimit, limitTime } from './time-limit.js';
export { type TimeLimits, type Transport, type TransportOptions, createTransport } from './transport.js';
