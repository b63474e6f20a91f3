import { Server, type ServerCredentials, type ServerOptions } from '@grpc/grpc-js';
import { ReflectionService } from '@grpc/reflection';
import { ServerGrpc } from '@nestjs/microservices';
import { HealthImplementation } from 'grpc-health-check';
import { PACKAGES, SERVICES, assertRules, reflected } from './services.js';

export interface TransportOptions {
  /** host:port */
  readonly url: string;
  readonly credentials: ServerCredentials;
  readonly server: ServerOptions;
  /** Milliseconds that calls under way get when it closes. */
  readonly drainMs: number;
  /** Called when nothing new is accepted any more. */
  readonly onClosing: () => void;
}

/** Nest's gRPC transport, with health and reflection, a port that is known, and an end that comes. */
export class GrpcTransport extends ServerGrpc {
  /** TCP port, once it listens. */
  port = 0;
  readonly #health = new HealthImplementation();
  #server: Server | undefined;

  constructor(private readonly setup: TransportOptions) {
    super({ package: PACKAGES, packageDefinition: SERVICES });
  }

  override async createClient(): Promise<Server> {
    this.#server = new Server(this.setup.server);
    return this.#server;
  }

  /** Listens when everything is there to be called; Nest would listen first. */
  override async bindEvents(): Promise<void> {
    assertRules();
    await super.bindEvents();
    const server = this.#server!;
    this.#health.addToServer(server);
    new ReflectionService(reflected()).addToServer(server);
    const { url, credentials } = this.setup;
    this.port = await new Promise<number>((resolve, reject) => {
      server.bindAsync(url, credentials, (error, port) => (error ? reject(error) : resolve(port)));
    });
    this.#tellHealth('SERVING');
  }

  /** Balancers learn it first; then calls under way end, for at most the drain time. */
  override async close(): Promise<void> {
    const server = this.#server;
    if (!server) return;
    this.#server = undefined;
    this.#tellHealth('NOT_SERVING');
    const ended = new Promise<void>((resolve) => server.tryShutdown(() => resolve()));
    this.setup.onClosing();
    let timer: NodeJS.Timeout | undefined;
    const overdue = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, this.setup.drainMs);
    });
    await Promise.race([ended, overdue]);
    clearTimeout(timer);
    server.forceShutdown();
  }

  #tellHealth(status: 'SERVING' | 'NOT_SERVING'): void {
    for (const name of ['', ...Object.keys(SERVICES)]) this.#health.setStatus(name, status);
  }
}
