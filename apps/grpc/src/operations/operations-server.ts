import { type Server as HttpServer, type ServerResponse, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Server } from '@org/server';

export type Operated = Pick<Server, 'health' | 'readiness' | 'metrics' | 'logger'>;

type Answer = readonly [status: number, type: string, body: string];

/** Milliseconds a client may take to send its request. */
const REQUEST_TIMEOUT_MS = 10_000;
const JSON_TYPE = 'application/json; charset=utf-8';

/** `/health`, `/ready` and `/metrics` of this process, over plain HTTP as the HTTP app answers them. */
export class OperationsServer {
  readonly #http: HttpServer;

  constructor(private readonly server: Operated) {
    this.#http = createServer({ requestTimeout: REQUEST_TIMEOUT_MS }, (request, response) => {
      const path = (request.url ?? '').split('?')[0]!;
      void this.#answer(request.method === 'GET' ? path : '').then(
        (answer) => send(response, answer),
        (error: unknown) => this.#failed(response, error),
      );
    });
  }

  /** @returns the TCP port */
  async listen(port: number, host: string): Promise<number> {
    await new Promise<void>((resolve, reject) => {
      this.#http.once('error', reject).listen(port, host, resolve);
    });
    return (this.#http.address() as AddressInfo).port;
  }

  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#http.close(() => resolve()));
    this.#http.closeAllConnections();
    await closed;
  }

  async #answer(path: string): Promise<Answer> {
    switch (path) {
      case '/health':
        return [200, 'application/health+json', JSON.stringify(this.server.health())];
      case '/ready': {
        const readiness = await this.server.readiness();
        return [readiness.ready ? 200 : 503, JSON_TYPE, JSON.stringify(readiness)];
      }
      case '/metrics': {
        const { registry } = this.server.metrics;
        return [200, registry.contentType, await registry.metrics()];
      }
      default:
        return [404, JSON_TYPE, JSON.stringify({ message: 'no such route', code: 'route_not_found' })];
    }
  }

  #failed(response: ServerResponse, error: unknown): void {
    this.server.logger.error({ err: error }, 'unexpected error');
    send(response, [500, JSON_TYPE, JSON.stringify({ message: 'internal error', code: 'internal' })]);
  }
}

function send(response: ServerResponse, [status, type, body]: Answer): void {
  response.writeHead(status, { 'Content-Type': type }).end(body);
}
