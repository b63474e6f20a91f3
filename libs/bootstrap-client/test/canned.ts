import { type IncomingMessage, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll } from '@jest/globals';
import { Secret } from '@org/domain';
import { type DomainCallOptions, createTransport, isHttpError } from '@org/http-client';
import { createBootstrapAdmin, createBootstrapDevice } from '../src/index.js';

export const call: DomainCallOptions = { token: new Secret('t0ken'), domainId: 'd-1' };

interface Reply {
  readonly status: number;
  /** Text or bytes as they are, anything else as JSON. */
  readonly body?: unknown;
  readonly headers?: Record<string, string>;
}

/** A server that answers what it is told: for what no emulator does, or not on request. */
export async function canned() {
  const last = { line: '', headers: {} as IncomingMessage['headers'], body: undefined as unknown, count: 0 };
  let reply: Reply = { status: 200 };
  const server = createServer((request, response) => {
    let text = '';
    request.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
    request.on('end', () => {
      last.count++;
      last.line = `${request.method} ${request.url}`;
      last.headers = request.headers;
      last.body = text.startsWith('{') ? JSON.parse(text) : text;
      const { status, body = '', headers } = reply;
      const raw = typeof body === 'string' || Buffer.isBuffer(body);
      response.writeHead(status, headers).end(raw ? body : JSON.stringify(body));
    });
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const transport = createTransport();
  afterAll(async () => {
    await transport.close();
    await new Promise((done) => server.close(done));
  });
  const options = {
    baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    transport,
    retry: { baseMs: 1 },
  };
  return {
    last,
    answer: (next: Reply) => {
      reply = next;
      last.count = 0;
    },
    ...createBootstrapAdmin(options),
    device: createBootstrapDevice(options),
  };
}

/** `kind code` of the error that a call ends with. */
export const failure = (request: Promise<unknown>): Promise<string> =>
  request.then(
    () => 'success',
    (error: unknown) => (isHttpError(error) ? `${error.kind} ${error.code}` : Promise.reject(error)),
  );
