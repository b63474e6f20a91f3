import { type IncomingMessage, type Server, type ServerResponse, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ProvisionError } from '@org/domain';
import type { Reply } from './reply.js';

export interface HttpServer {
  readonly url: string;
  close(): Promise<void>;
}

export type Listener = (request: IncomingMessage, response: ServerResponse) => void;

/** Listens with the time limits of Magistrala's services (Magistrala wire §0.3). Port 0 takes a free one. */
export async function listen(listener: Listener, host: string, port: number): Promise<HttpServer> {
  const server = createServer(
    { keepAliveTimeout: 60_000, headersTimeout: 5_000, requestTimeout: 15_000 },
    listener,
  );
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause) => reject(cannotListen(host, port, cause)));
    server.listen(port, host, resolve);
  });
  return {
    url: `http://${host}:${(server.address() as AddressInfo).port}`,
    close: () => close(server),
  };
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

function cannotListen(host: string, port: number, cause: unknown): ProvisionError {
  const message = `cannot listen on ${host}:${port}`;
  return new ProvisionError({ kind: 'unavailable', code: 'cannot_listen', message, cause });
}

/** The whole body; rejects when the caller goes away in the middle of it. */
export async function readAll(request: IncomingMessage): Promise<Buffer> {
  if (request.headers['content-length'] === undefined && request.headers['transfer-encoding'] === undefined) {
    return Buffer.alloc(0);
  }
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks);
}

export function write(response: ServerResponse, reply: Reply): void {
  if (response.destroyed) return;
  response.writeHead(reply.status, reply.headers);
  response.end(reply.body);
}
