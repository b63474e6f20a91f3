import { type AddressInfo, type Server as NetServer, createServer } from 'node:net';
import { Server, type ServerCredentials, type ServerOptions } from '@grpc/grpc-js';
import { ReflectionService } from '@grpc/reflection';
import { ServerGrpc } from '@nestjs/microservices';
import type { ConnectionGuard } from '@org/server';
import { HealthImplementation } from 'grpc-health-check';
import { PACKAGES, SERVICES, assertRules, reflected } from './services.js';

interface TransportOptions {
  readonly host: string;
  readonly port: number;
  readonly connections: ConnectionGuard;
  /** Whether to tell what is served. */
  readonly reflection: boolean;
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
  /** Ours, as grpc-js's own takes any number of connections and keeps silent ones. */
  readonly #listener: NetServer = createServer({ noDelay: true });

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
    const { host, port, credentials, connections, reflection } = this.setup;
    if (reflection) new ReflectionService(reflected()).addToServer(server);
    const injector = server.createConnectionInjector(credentials);
    connections.watch(this.#listener);
    this.#listener.on('connection', (socket) => {
      if (!socket.destroyed) injector.injectConnection(socket);
    });
    await new Promise<void>((resolve, reject) => {
      this.#listener.once('error', reject).listen(port, host, resolve);
    });
    this.port = (this.#listener.address() as AddressInfo).port;
    this.#tellHealth('SERVING');
  }

  /** Load balancers see it first; then calls in progress may finish within the drain time. */
  override async close(): Promise<void> {
    const server = this.#server;
    if (!server) return;
    this.#server = undefined;
    // When its last connection has; grpc-js itself would not wait for those.
    const ended = new Promise<void>((resolve) => this.#listener.close(() => resolve()));
    this.#tellHealth('NOT_SERVING');
    server.tryShutdown(() => undefined);
    this.setup.onClosing();
    let timer: NodeJS.Timeout | undefined;
    const overdue = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, this.setup.drainMs);
    });
    await Promise.race([ended, overdue]);
    clearTimeout(timer);
    server.forceShutdown();
    this.setup.connections.closeAll();
  }

  #tellHealth(status: 'SERVING' | 'NOT_SERVING'): void {
    for (const name of ['', ...Object.keys(SERVICES)]) this.#health.setStatus(name, status);
  }
}
