import type { ErrorCode } from '@org/domain';
import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { Server } from '@org/server';

interface Refusal {
  readonly status: number;
  readonly code: ErrorCode;
  readonly message: string;
  /** The limit that was reached, if it was one. */
  readonly limit?: string;
}

/** By the code of Node's error. */
const REFUSALS: Readonly<Record<string, Refusal>> = {
  ERR_HTTP_REQUEST_TIMEOUT: {
    status: 408,
    code: 'request_timeout',
    message: 'the request did not arrive in time',
    limit: 'request_time',
  },
  HPE_HEADER_OVERFLOW: {
    status: 431,
    code: 'headers_too_large',
    message: 'the headers of the request are too large',
    limit: 'header_bytes',
  },
};
const NO_HTTP: Refusal = {
  status: 400,
  code: 'bad_request',
  message: 'the request cannot be understood',
};

/** Answers bytes that are not a complete or valid request, while the connection is open. */
export const answerUnreadable =
  ({ onLimit }: Pick<Server, 'onLimit'>) =>
  (error: Error & { readonly code?: string }, socket: Socket): void => {
    const { status, code, message, limit } = REFUSALS[error.code ?? ''] ?? NO_HTTP;
    if (limit !== undefined) onLimit(limit, { address: socket.remoteAddress ?? '' });
    const body = JSON.stringify({ message, code });
    const head = [
      `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
      'Content-Type: application/json; charset=utf-8',
      `Content-Length: ${body.length}`,
      'Connection: close',
    ];
    if (socket.writable) socket.write(`${head.join('\r\n')}\r\n\r\n${body}`);
    socket.destroy();
  };
