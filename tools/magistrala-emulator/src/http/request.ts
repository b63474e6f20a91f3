import type { IncomingHttpHeaders } from 'node:http';
import type { Session } from '../auth/session.js';
import { MalformedJson, type Shape, firstValue } from './go-json.js';
import type { Query } from './query.js';
import { malformedBody, unsupportedType } from './refusal.js';
import type { Reply } from './reply.js';

/** One request of one operation. */
export interface Request {
  readonly params: Readonly<Record<string, string>>;
  readonly query: Query;
  /** The part of the URL after `?`, undecoded. */
  readonly search: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  /** Who is calling; no one (`ANONYMOUS`) on open operations. */
  readonly session: Session;
  /** Whether the caller has closed the connection. */
  gone(): boolean;
}

export type Handler = (request: Request) => Reply | Promise<Reply>;

/** A path parameter that the operation's path is known to have. */
export function param(request: Request, name: string): string {
  return request.params[name] ?? '';
}

export function contentType(request: Request): string {
  return request.headers['content-type'] ?? '';
}

/** The body, when it is declared as JSON and has the shape. Bodies are judged in this order: type, JSON, shape. */
export function readBody<T>(request: Request, shape: Shape<T>): T {
  if (!contentType(request).includes('application/json')) throw unsupportedType();
  return decode(() => shape(firstValue(request.body.toString('utf8'))));
}

/** Runs a decoder; what it cannot read is 400. */
export function decode<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof MalformedJson) throw malformedBody();
    throw error;
  }
}
