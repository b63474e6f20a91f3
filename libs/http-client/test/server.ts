import { execFileSync } from 'node:child_process';
import { type IncomingMessage, type ServerResponse, createServer } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { type AddressInfo, type Server, type Socket, createServer as createTcpServer } from 'node:net';
import { afterAll } from '@jest/globals';
import { type Clock, systemClock } from '@org/domain';
import {
  type HttpClientOptions,
  type TransportOptions,
  createHttpClient,
  createTransport,
} from '../src/index.js';

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

const closers: (() => Promise<unknown>)[] = [];
afterAll(() => Promise.all(closers.map((close) => close())));

function listen(server: Server): Promise<number> {
  const sockets = new Set<Socket>();
  for (const event of ['connection', 'secureConnection']) {
    server.on(event, (socket: Socket) => sockets.add(socket));
  }
  closers.push(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((done) => server.close(done));
  });
  return new Promise((done) =>
    server.listen(0, '127.0.0.1', () => done((server.address() as AddressInfo).port)),
  );
}

/** An HTTP server; `seen` lists what it was asked, in order. */
export async function serve(handler: Handler) {
  const seen: { line: string; headers: IncomingMessage['headers']; body: string }[] = [];
  const port = await listen(
    createServer((request, response) => {
      let body = '';
      request.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
      request.on('end', () => {
        seen.push({ line: `${request.method} ${request.url}`, headers: request.headers, body });
        handler(request, response);
      });
    }),
  );
  return { url: `http://127.0.0.1:${port}`, seen };
}

/** A server that says what `onSocket` says, HTTP or not; `stop` makes it refuse further connections. */
export async function serveTcp(onSocket: (socket: Socket, stop: () => void) => void): Promise<string> {
  const server = createTcpServer((socket) => onSocket(socket, () => server.close()));
  return `127.0.0.1:${await listen(server)}`;
}

/** An HTTPS server whose certificate no one vouches for, for 127.0.0.1 and `prov.internal`; `cert` is its PEM. */
export async function serveSelfSigned(handler: Handler) {
  const pem = execFileSync(
    'openssl',
    'req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout - -out - -days 2 -subj /CN=test'
      .split(' ')
      .concat('-addext', 'subjectAltName=IP:127.0.0.1,DNS:prov.internal'),
    { stdio: ['ignore', 'pipe', 'ignore'] },
  ).toString();
  const cert = pem.slice(pem.indexOf('-----BEGIN CERTIFICATE'));
  const port = await listen(createTlsServer({ key: pem, cert }, handler));
  return { url: `https://127.0.0.1:${port}`, port, cert };
}

/** An address where no one listens. */
export async function deadUrl(): Promise<string> {
  const server = createTcpServer();
  const port = await new Promise<number>((done) =>
    server.listen(0, '127.0.0.1', () => done((server.address() as AddressInfo).port)),
  );
  await new Promise((done) => server.close(done));
  return `http://127.0.0.1:${port}`;
}

/** Never waits, remembers how long it should have waited. */
export function impatientClock() {
  const pauses: number[] = [];
  const clock: Clock = {
    ...systemClock,
    sleep: async (ms, signal) => {
      signal?.throwIfAborted();
      pauses.push(ms);
    },
  };
  return { clock, pauses };
}

export function clientFor(
  baseUrl: string,
  options: Partial<HttpClientOptions> = {},
  transport: TransportOptions = {},
) {
  const shared = createTransport(transport);
  closers.push(() => shared.close());
  return createHttpClient({
    baseUrl,
    service: 'things',
    transport: shared,
    clock: impatientClock().clock,
    ...options,
  });
}
