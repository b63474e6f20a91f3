import { randomUUID } from 'node:crypto';
import { type JsonObject, ProvisionError } from '@org/domain';
import type {
  Access,
  SlotBinding,
  CertificateFiles,
  NewConfiguration,
  Platform,
  PlatformSession,
  Remaining,
  Removed,
} from '../platform/platform.js';

export type Operation = Exclude<keyof PlatformSession, symbol>;

/** Interferes with a call: throws before the work, or after it. */
type Interference = (operation: Operation, when: 'before' | 'after') => void | Promise<void>;

interface Configuration extends NewConfiguration {
  readonly id: string;
  enabled: boolean;
  files?: CertificateFiles;
  bindings: readonly SlotBinding[];
}

/** A platform in memory that can be interfered with: for tests of what stands on the port. */
export class MemoryPlatform implements Platform {
  readonly clients = new Map<string, JsonObject>();
  readonly channels = new Map<string, JsonObject>();
  readonly connections = new Set<string>();
  readonly configurations = new Map<string, Configuration>();
  readonly certificates = new Map<string, { clientId: string; revoked: boolean }>();
  /** Ids of clients and channels that no one can remove: by whether a look shows them. */
  readonly unremovable = new Map<string, 'shown' | 'hidden'>();
  /** Serials of certificates that no list by client shows. */
  readonly unlisted = new Set<string>();
  readonly calls: Operation[] = [];
  interfere: Interference = () => undefined;

  /** How many things exist; certificates count until they are revoked. */
  get size(): number {
    const valid = [...this.certificates.values()].filter((it) => !it.revoked).length;
    return this.clients.size + this.channels.size + this.configurations.size + valid;
  }

  open({ token, lease }: Access): PlatformSession {
    const session = this.#session();
    const methods = Object.entries(session).map(([name, work]) => {
      const operation = name as Operation;
      const call = async (...args: unknown[]) => {
        await token.token();
        lease?.assertHeld();
        this.calls.push(operation);
        await this.interfere(operation, 'before');
        const answer = await (work as (...args: unknown[]) => Promise<unknown>)(...args);
        await this.interfere(operation, 'after');
        return answer;
      };
      return [name, call];
    });
    return Object.fromEntries(methods) as PlatformSession;
  }

  #remaining(from: Map<string, JsonObject>, { things, mayBeHidden }: Removed<{ readonly id: string }>) {
    return things.flatMap(({ id }): Remaining[] => {
      const how = this.unremovable.get(id);
      if (how === 'shown' || (how === 'hidden' && mayBeHidden))
        return [{ id, unremovable: `nobody can remove it (${how})` }];
      return from.has(id) ? [{ id }] : [];
    });
  }

  #session(): PlatformSession {
    const { clients, channels, configurations, certificates, connections } = this;
    const configurationOf = (id: string) =>
      configurations.get(id) ?? raise('not_found', 'no such configuration');
    return {
      assertMember: async () => undefined,
      assertMayUpdate: async () => undefined,
      findConfiguration: async (externalId) =>
        [...configurations.values()].find((it) => it.externalId === externalId),
      findGatewayClients: async (externalId) =>
        [...clients].flatMap(([id, view]) =>
          (view['metadata'] as JsonObject)['external_id'] === externalId ? [id] : [],
        ),
      createClients: async (wanted) => createAll(clients, wanted),
      viewClients: async (ids) => pick(clients, ids),
      removeClient: async (id) => {
        clients.delete(id);
        for (const connection of connections) if (connection.startsWith(id)) connections.delete(connection);
      },
      remainingClients: async (removed) => this.#remaining(clients, removed),
      updateMetadata: async ({ id }, metadata) => {
        const view = { ...(clients.get(id) ?? raise('not_found', 'no such client')), metadata };
        clients.set(id, view);
        return view;
      },
      createChannels: async (wanted) => createAll(channels, wanted),
      viewChannels: async (ids) => pick(channels, ids),
      removeChannel: async (id) => void channels.delete(id),
      remainingChannels: async (removed) => this.#remaining(channels, removed),
      connect: async (clientIds, channelIds) => {
        const pairs = clientIds.flatMap((client) => channelIds.map((channel) => `${client} ${channel}`));
        if (pairs.some((pair) => connections.has(pair))) raise('conflict', 'connected already');
        for (const pair of pairs) connections.add(pair);
      },
      disconnect: async (clientIds, channelIds) => {
        for (const client of clientIds)
          for (const channel of channelIds) connections.delete(`${client} ${channel}`);
      },
      createConfiguration: async (wanted) => {
        const taken = [...configurations.values()].some(
          (it) => it.externalId === wanted.externalId || it.name === wanted.name,
        );
        if (taken) raise('conflict', 'configuration exists already');
        const id = randomUUID();
        configurations.set(id, { ...wanted, id, enabled: true, bindings: [] });
        return id;
      },
      removeConfiguration: async (id) => void configurations.delete(id),
      setConfigurationEnabled: async (id, enabled) => Object.assign(configurationOf(id), { enabled }).files,
      updateContent: async (id, change) => void Object.assign(configurationOf(id), change),
      storeCertificate: async (id, files) => void Object.assign(configurationOf(id), { files }),
      bind: async (id, bindings) => void Object.assign(configurationOf(id), { bindings }),
      issueCertificate: async ({ clientId }) => {
        const serial = randomUUID();
        certificates.set(serial, { clientId, revoked: false });
        return { serial, certificate: `certificate ${serial}`, key: `key ${serial}` };
      },
      certificatesOf: async (clientId) =>
        [...certificates].flatMap(([serial, it]) =>
          it.clientId === clientId && !this.unlisted.has(serial) ? [{ serial, revoked: it.revoked }] : [],
        ),
      unlistedCertificatesOf: async (clientId) =>
        [...this.unlisted].filter((serial) => {
          const { clientId: owner, revoked } = certificates.get(serial)!;
          return owner === clientId && !revoked;
        }),
      revokeCertificate: async (serial) => {
        (certificates.get(serial) ?? raise('not_found', 'no such certificate')).revoked = true;
      },
      issuerChain: async () => 'issuer chain',
    };
  }
}

interface Named {
  readonly id: string;
  readonly name: string;
  readonly metadata: JsonObject;
}

function createAll(into: Map<string, JsonObject>, wanted: readonly Named[]): Map<string, JsonObject> {
  if (wanted.some(({ id }) => into.has(id))) raise('conflict', 'exists already');
  const views = new Map(wanted.map(({ id, name, metadata }) => [id, { id, name, metadata }]));
  for (const [id, view] of views) into.set(id, view);
  return views;
}

const pick = (from: Map<string, JsonObject>, ids: readonly string[]): Map<string, JsonObject> =>
  new Map([...from].filter(([id]) => ids.includes(id)));

function raise(kind: 'conflict' | 'not_found', message: string): never {
  throw new ProvisionError({ kind, code: kind, message });
}
