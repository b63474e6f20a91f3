import { randomUUID } from 'node:crypto';
import { ProvisionError, systemClock } from '@org/domain';
import { type GrpcServer, serveAuthGrpc } from './auth/grpc.js';
import { authHandlers } from './auth/handlers.js';
import { bootstrapHandlers } from './bootstrap/handlers.js';
import { CallLog } from './calls.js';
import { certHandlers } from './certs/handlers.js';
import { channelHandlers, channelKind } from './channels/handlers.js';
import { clientHandlers, clientKind } from './clients/handlers.js';
import { controlListener } from './control/control.js';
import { domainHandlers } from './domains/handlers.js';
import type { Emulator, EmulatorOptions, ServiceName } from './emulator.js';
import type { Entity } from './entities/entity.js';
import type { EntityKind } from './entities/handlers.js';
import { FaultList } from './faults/faults.js';
import { Gate } from './faults/gate.js';
import { type HttpServer, type Listener, listen } from './http/serve.js';
import { serviceListener } from './http/service-server.js';
import { interruptedIssuing, interruptedThings } from './interruptions/things.js';
import { takeInventory } from './inventory.js';
import { HTTP_SERVICES, type HttpService } from './operations.js';
import { userHandlers } from './users/handlers.js';
import { ADMIN, type World, createWorld } from './world.js';

/** The default of Magistrala's own binary (Magistrala wire §4.6). */
const DEFAULT_ENCRYPT_KEY = '12345678910111213141516171819202';

const NEVER_STALE = { chance: 0, ms: 0 };

/**
 * Starts every service on its own port.
 *
 * @throws ProvisionError `cannot_listen` when a port is taken.
 */
export async function startEmulator(options: EmulatorOptions = {}): Promise<Emulator> {
  const { host = '127.0.0.1', latencyMs = 0, bootstrapEncryptKey = DEFAULT_ENCRYPT_KEY } = options;
  const world = await createWorld({
    clock: options.clock ?? systemClock,
    certKey: options.certKey ?? 'rsa',
    bootstrapEncryptKey,
    allowUnverified: options.allowUnverifiedUsers ?? true,
    seed: options.seed ?? 1,
    staleChecks: options.staleChecks ?? NEVER_STALE,
    configurationPace: options.configurationPace,
  });
  const gate = new Gate(new FaultList(), new CallLog());
  gate.latencyMs = latencyMs;
  const servers = new Servers(host, options);
  try {
    const listeners = serviceListeners(world, gate);
    await Promise.all(HTTP_SERVICES.map((service) => servers.add(service, listeners[service])));
    await servers.addGrpc(world, gate);
    const emulator = assemble({ world, gate, servers, bootstrapEncryptKey, latencyMs });
    // The control interface describes the others, so it comes last.
    await servers.add('control', controlListener(emulator, gate.faults));
    return emulator;
  } catch (error) {
    await servers.close();
    throw error;
  }
}

function serviceListeners(world: World, gate: Gate): Record<HttpService, Listener> {
  const { authenticator, chance } = world;
  const common = { gate, authenticator, chance };
  const things = <E extends Entity>(kind: EntityKind<E>) => ({
    ...common,
    interruptions: interruptedThings(world, kind),
  });
  return {
    users: serviceListener('users', userHandlers(world), common),
    auth: serviceListener('auth', authHandlers(world), common),
    domains: serviceListener('domains', domainHandlers(world), common),
    clients: serviceListener('clients', clientHandlers(world), things(clientKind(world))),
    channels: serviceListener('channels', channelHandlers(world), things(channelKind(world))),
    bootstrap: serviceListener('bootstrap', bootstrapHandlers(world), common),
    certs: serviceListener('certs', certHandlers(world), {
      ...common,
      interruptions: interruptedIssuing(world),
    }),
  };
}

/** The sockets of one emulator. */
class Servers {
  readonly urls = {} as Record<ServiceName, string>;
  private readonly http: HttpServer[] = [];
  private grpc: GrpcServer | undefined;

  constructor(
    private readonly host: string,
    private readonly options: EmulatorOptions,
  ) {}

  async add(service: ServiceName, listener: Listener): Promise<void> {
    const server = await listen(listener, this.host, this.options.ports?.[service] ?? 0);
    this.http.push(server);
    this.urls[service] = server.url;
  }

  async addGrpc(world: World, gate: Gate): Promise<void> {
    this.grpc = await serveAuthGrpc(world, gate, this.host, this.options.grpcPort ?? 0);
  }

  get authGrpc(): string {
    return this.grpc?.address ?? '';
  }

  async close(): Promise<void> {
    this.grpc?.close();
    await Promise.all(this.http.map((server) => server.close()));
  }
}

interface Parts {
  readonly world: World;
  readonly gate: Gate;
  readonly servers: Servers;
  readonly bootstrapEncryptKey: string;
  readonly latencyMs: number;
}

function assemble({ world, gate, servers, bootstrapEncryptKey, latencyMs }: Parts): Emulator {
  const { faults, calls } = gate;
  return {
    urls: servers.urls,
    authGrpc: servers.authGrpc,
    admin: ADMIN,
    bootstrapEncryptKey,
    setLatency: (ms) => {
      gate.latencyMs = ms;
    },
    faults,
    calls: () => calls.all(),
    clearCalls: () => calls.clear(),
    inventory: (domainId) => takeInventory(world, domainId),
    setFacts: (kind, id, facts) => {
      const thing = world[kind].get(id);
      if (!thing) throw unknown(kind.slice(0, -1));
      Object.assign(thing, facts);
    },
    setStaleChecks: (checks) => {
      world.staleness.checks = checks;
    },
    setConfigurationPace: (pace) => {
      world.hashing.pace = pace;
    },
    ...helpers(world),
    reset: () => {
      faults.clear();
      world.reset();
      calls.clear();
      gate.latencyMs = latencyMs;
    },
    close: () => {
      faults.clear();
      return servers.close();
    },
  };
}

const shortId = () => randomUUID().slice(0, 8);

function helpers(world: World): Pick<Emulator, 'addDomain' | 'addUser' | 'addMember'> {
  return {
    addDomain: ({ id, name = `domain-${shortId()}`, route = `r-${shortId()}` } = {}) => {
      const domain = world.domains.add({ ...(id !== undefined && { id }), name, route }, world.adminId);
      return { id: domain.id, name, route };
    },
    addUser: ({ id, username = `user-${shortId()}`, password = randomUUID(), ...rest } = {}) => {
      const { email = `${username}@example.com`, role = 'user', verified = true } = rest;
      const user = world.users.add({ username, password, email, role, verified }, id);
      return { id: user.id, username, password, email };
    },
    addMember: (domainId, userId, role = 'member') => {
      const domain = world.domains.get(domainId);
      if (!domain) throw unknown('domain');
      if (!world.users.get(userId)) throw unknown('user');
      domain.members.set(userId, world.domains.usualRole(domain, role));
    },
  };
}

function unknown(what: string): ProvisionError {
  return new ProvisionError({
    kind: 'not_found',
    code: 'not_found',
    message: `there is no such ${what}`,
  });
}
