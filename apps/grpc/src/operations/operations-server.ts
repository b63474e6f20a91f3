import {
  type Server as HttpServer,
  type OutgoingHttpHeaders,
  type ServerResponse,
  createServer,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { ConnectionGuard, type Server } from '@org/server';

type OperationsContext = Pick<Server, 'config' | 'health' | 'readiness' | 'metrics' | 'logger' | 'onLimit'>;

type Answer = readonly [status: number, type: string, body: string, headers?: OutgoingHttpHeaders];

/** A scraper, a probe and a few people; requests are small and answered at once. */
const CONNECTIONS = { most: 32, mostPerAddress: 16, mostRequests: 8, firstRequestMs: 10_000 };
const TIMES = {
  requestTimeout: 10_000,
  headersTimeout: 10_000,
  connectionsCheckingInterval: 1_000,
  keepAliveTimeout: 30_000,
};
const JSON_TYPE = 'application/json; charset=utf-8';

const PATHS = ['/health', '/ready', '/metrics'];
const ALLOW = 'GET, HEAD';
const OTHER_METHOD: Answer = [
  405,
  JSON_TYPE,
  JSON.stringify({ message: `this path takes ${ALLOW} only`, code: 'method_not_allowed' }),
  { Allow: ALLOW },
];
const NO_SUCH_ROUTE: Answer = [
  404,
  JSON_TYPE,
  JSON.stringify({ message: 'no such route', code: 'route_not_found' }),
];

/** `/health`, `/ready` and `/metrics` of this process, over plain HTTP as the HTTP app answers them. */
export class OperationsServer {
  readonly #http: HttpServer;

  constructor(private readonly server: OperationsContext) {
    const connections = new ConnectionGuard({
      name: 'metrics_connections',
      ...CONNECTIONS,
      onLimit: server.onLimit,
    });
    this.#http = createServer(TIMES, (request, response) => {
      const guarded = connections.use(request.socket);
      guarded.arrived();
      response.once('close', guarded.over);
      // No route takes a body.
      request.resume();
      const path = (request.url ?? '').split('?')[0]!;
      void this.#answer(path, request.method).then(
        (answer) => send(response, answer),
        (error: unknown) => this.#failed(response, error),
      );
    });
    // Idle time, also in the middle of a response.
    this.#http.setTimeout(TIMES.keepAliveTimeout);
    connections.watch(this.#http);
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

  async #answer(path: string, method = ''): Promise<Answer> {
    if (PATHS.includes(path) && method !== 'GET' && method !== 'HEAD') return OTHER_METHOD;
    switch (path) {
      case '/health':
        return [200, 'application/health+json', JSON.stringify(this.server.health())];
      case '/ready': {
        const readiness = await this.server.readiness();
        return [readiness.ready ? 200 : 503, JSON_TYPE, JSON.stringify(readiness)];
      }
      case '/metrics': {
        if (!this.server.config.server.metrics) return NO_SUCH_ROUTE;
        const { registry } = this.server.metrics;
        return [200, registry.contentType, await registry.metrics()];
      }
      default:
        return NO_SUCH_ROUTE;
    }
  }

  #failed(response: ServerResponse, error: unknown): void {
    this.server.logger.error({ err: error }, 'unexpected error');
    send(response, [500, JSON_TYPE, JSON.stringify({ message: 'internal error', code: 'internal' })]);
  }
}

function send(response: ServerResponse, [status, type, body, headers]: Answer): void {
  response.writeHead(status, { 'Content-Type': type, ...headers }).end(body);
}
