import {
  type Clock,
  type JsonObject,
  ProvisionError,
  Secret,
  isProvisionError,
  systemClock,
} from '@org/domain';
import type { Clients } from '@org/magistrala-sdk';
import type { Access, Platform, PlatformSession } from '@org/provisioning';
import { mayNot } from './may-not.js';
import type { Call, CallOf } from './call.js';
import { configurationMethods } from './configurations.js';
import type { MagistralaServices } from './services.js';
import { renewingRefusedTokens } from './refused-token.js';
import { remainingChannels, remainingClients } from './remaining.js';
import { repeatingStaleRefusals } from './stale-refusals.js';

/** Magistrala as the platform that provisioning needs. */
export function magistralaPlatform(services: MagistralaServices, clock: Clock = systemClock): Platform {
  return { open: (access) => openSession(services, access, clock) };
}

function openSession(
  services: MagistralaServices,
  { domainId, token, lease }: Access,
  clock: Clock,
): PlatformSession {
  const callOf: CallOf = async (signal) => {
    const call = { domainId, token: await token.token(signal), signal };
    lease?.assertHeld();
    return call;
  };
  const session = {
    ...entityMethods(services, callOf),
    ...configurationMethods(services, callOf),
    ...services.certificates(callOf),
  };
  return repeatingStaleRefusals(renewingRefusedTokens(session, token), clock);
}

const TYPES = ['publish', 'subscribe'] as const;

type EntityMethods = Pick<
  PlatformSession,
  | 'assertMayUpdate'
  | 'findGatewayClients'
  | 'createClients'
  | 'viewClients'
  | 'removeClient'
  | 'remainingClients'
  | 'updateMetadata'
  | 'createChannels'
  | 'viewChannels'
  | 'removeChannel'
  | 'remainingChannels'
  | 'connect'
  | 'disconnect'
>;

function entityMethods({ clients, channels, auth }: MagistralaServices, callOf: CallOf): EntityMethods {
  return {
    async assertMayUpdate(clientId, signal) {
      const call = await callOf(signal);
      const { domainId, token } = call;
      const may = auth
        ? await auth.may(await auth.authenticate(token, call), 'update_clients', { domainId, clientId }, call)
        : await isUpdated(clients, clientId, call);
      if (!may) throw mayNot('update_clients');
    },
    async findGatewayClients(externalId, signal) {
      const filter = { metadata: { external_id: externalId }, status: 'all' } as const;
      const { items } = await clients.list(filter, await callOf(signal));
      // Lists go on showing what a removal left that was cut off.
      return items.filter(({ status }) => status !== 'deleted').map(({ id }) => id);
    },
    async createClients(wanted, signal) {
      const bulk = wanted.map(({ id, name, secret, metadata }) => {
        return { id, name, metadata, credentials: { secret: new Secret(secret) } };
      });
      const call = await callOf(signal);
      return viewsById(await clients.createBulk(bulk, call).catch(namingDomain(call.domainId)));
    },
    viewClients: async (ids, signal) => viewsOf(ids, clients, await callOf(signal)),
    removeClient: async (id, signal) => removed(clients.remove(id, await callOf(signal))),
    remainingClients: async (them, signal) => remainingClients(them, clients, await callOf(signal)),
    async updateMetadata({ id, name }, metadata, signal) {
      return (await clients.update(id, { name, metadata }, await callOf(signal))).wire;
    },
    async createChannels(wanted, signal) {
      const bulk = wanted.map(({ id, name, metadata }) => ({ id, name, metadata }));
      return viewsById(await channels.createBulk(bulk, await callOf(signal)));
    },
    viewChannels: async (ids, signal) => viewsOf(ids, channels, await callOf(signal)),
    removeChannel: async (id, signal) => removed(channels.remove(id, await callOf(signal))),
    remainingChannels: async (them, signal) => remainingChannels(them, channels, await callOf(signal)),
    connect: async (clientIds, channelIds, signal) =>
      channels.connect({ clientIds, channelIds, types: TYPES }, await callOf(signal)),
    disconnect: async (clientIds, channelIds, signal) =>
      removed(channels.disconnect({ clientIds, channelIds, types: TYPES }, await callOf(signal))),
  };
}

/**
 * Whether a change of nothing is accepted: it takes the same right as any change, and moves no more than the time of the
 * last one. No one can change a client that is disabled or gone.
 */
async function isUpdated(clients: Clients, id: string, call: Call): Promise<boolean> {
  try {
    await clients.update(id, {}, call);
    return true;
  } catch (error) {
    if (isProvisionError(error) && ['forbidden', 'not_found'].includes(error.kind)) return false;
    throw error;
  }
}

/** For `catch` of what is not found although it names nothing but its domain. */
const namingDomain =
  (domainId: string) =>
  (error: unknown): never => {
    if (!isProvisionError(error) || error.kind !== 'not_found') throw error;
    throw new ProvisionError({
      kind: 'not_found',
      code: 'domain_unknown',
      message: `there is no domain ${domainId} on the platform`,
      details: { domain: domainId },
      cause: error,
    });
  };

interface Viewed {
  readonly id: string;
  readonly wire: JsonObject;
}

const viewsById = (entities: readonly Viewed[]): Map<string, JsonObject> =>
  new Map(entities.map(({ id, wire }) => [id, wire]));

/** One by one: Magistrala's lists take a single id. */
async function viewsOf(
  ids: readonly string[],
  service: { find(id: string, call: Call): Promise<Viewed | undefined> },
  call: Call,
): Promise<Map<string, JsonObject>> {
  const found = await Promise.all(ids.map((id) => service.find(id, call)));
  return viewsById(found.filter((it) => it !== undefined));
}

/** Magistrala answers 403 for what is gone as for what is forbidden: who removes has to look (Magistrala wire §2.4). */
async function removed(removal: Promise<void>): Promise<void> {
  try {
    await removal;
  } catch (error) {
    if (!isProvisionError(error) || !['forbidden', 'not_found'].includes(error.kind)) throw error;
  }
}
