import { type IncomingMessage, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll } from '@jest/globals';
import { Secret } from '@org/domain';
import { type DomainCallOptions, createTransport, isHttpError } from '@org/http-client';
import { createMagistrala } from '../src/index.js';

export const call: DomainCallOptions = { token: new Secret('t0ken'), domainId: 'd-1' };

/** All services on one server that answers what it is told: for what no emulator does, or not on request. */
export async function canned() {
  const last = { line: '', headers: {} as IncomingMessage['headers'], body: undefined as unknown };
  let reply = { status: 200, body: '' as string | Buffer };
  const server = createServer((request, response) => {
    let text = '';
    request.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
    request.on('end', () => {
      last.line = `${request.method} ${request.url}`;
      last.headers = request.headers;
      last.body = text.startsWith('{') || text.startsWith('[') ? JSON.parse(text) : text;
      response.writeHead(reply.status).end(reply.body);
    });
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const transport = createTransport();
  afterAll(async () => {
    await transport.close();
    await new Promise((done) => server.close(done));
  });
  return {
    last,
    /** @param body text or bytes as they are, anything else as JSON */
    answer: (status: number, body: unknown = '') => {
      const raw = typeof body === 'string' || Buffer.isBuffer(body);
      reply = { status, body: raw ? body : JSON.stringify(body) };
    },
    ...createMagistrala({
      urls: { users: url, domains: url, clients: url, channels: url, certs: url },
      transport,
      retry: { attempts: 1 },
    }),
  };
}

/** `kind code` of the error that a call ends with. */
export const failure = (request: Promise<unknown>): Promise<string> =>
  request.then(
    () => 'success',
    (error: unknown) => (isHttpError(error) ? `${error.kind} ${error.code}` : Promise.reject(error)),
  );
