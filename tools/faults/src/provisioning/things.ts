import { X509Certificate, createPrivateKey } from 'node:crypto';
import type { Inventory } from '@org/magistrala-emulator';

/** What exists of gateways. Revoked certificates are gone. */
export type Things = Pick<
  Inventory,
  'clients' | 'channels' | 'connections' | 'configs' | 'bindings' | 'certificates'
>;

type Kind = keyof Things;

const KEYS: { readonly [K in Kind]: (thing: Things[K][number]) => string } = {
  clients: ({ id }) => id,
  channels: ({ id }) => id,
  connections: ({ client_id, channel_id, type }) => `${client_id} ${channel_id} ${type}`,
  configs: ({ id }) => id,
  bindings: ({ config_id, slot }) => `${config_id} ${slot}`,
  certificates: ({ serial_number }) => serial_number,
};
export const KINDS = Object.keys(KEYS) as readonly Kind[];

type Entity = Inventory['clients'][number] | Inventory['channels'][number];

/** Left half-made by a call that was cut off: nothing on the wire removes it (Magistrala wire §11.1). */
const isRemnant = ({ status, policies, roles }: Entity): boolean =>
  status !== 'deleted' && !(policies && roles);

const isWhole = (entity: Entity): boolean => entity.status !== 'deleted' && !isRemnant(entity);

/**
 * What counts as existing. Rows of bindings outlive their configuration, and no one can remove them (Magistrala wire §4.2).
 */
export const existing = (inventory: Inventory): Things => ({
  ...inventory,
  clients: inventory.clients.filter(isWhole),
  channels: inventory.channels.filter(isWhole),
  certificates: inventory.certificates.filter(({ revoked }) => !revoked),
  bindings: inventory.bindings.filter(({ orphaned }) => !orphaned),
});

/** The ids of what the platform's API can never remove. */
export const remnantsIn = ({ clients, channels }: Inventory): readonly string[] =>
  [...clients, ...channels].filter(isRemnant).map(({ id }) => id);

/** What exists now and did not before. */
export function since(before: Things, now: Things): Things {
  const fresh = <K extends Kind>(kind: K): Things[K] => {
    const keyOf = KEYS[kind];
    const known = new Set((before[kind] as Things[K][number][]).map(keyOf));
    return (now[kind] as Things[K][number][]).filter((thing) => !known.has(keyOf(thing))) as Things[K];
  };
  return {
    clients: fresh('clients'),
    channels: fresh('channels'),
    connections: fresh('connections'),
    configs: fresh('configs'),
    bindings: fresh('bindings'),
    certificates: fresh('certificates'),
  };
}

export const countOf = (things: Things): number => KINDS.reduce((sum, kind) => sum + things[kind].length, 0);

/** In words: `1 clients, 2 channels`. */
export const namesOf = (things: Things): string =>
  KINDS.filter((kind) => things[kind].length > 0)
    .map((kind) => `${things[kind].length} ${kind}`)
    .join(', ') || 'nothing';

const UUID = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g;

/**
 * A gateway in full, as text that is the same for every gateway of the same layout: each id stands as the name
 * of what has it, and keys and certificates as whether they fit.
 */
export function portrait(things: Things, externalId: string): string {
  const { clients, channels, configs, certificates } = things;
  const names: [string, string][] = [
    ...configs.map(({ id }): [string, string] => [id, '(configuration)']),
    ...clients.flatMap(({ id, name, secret }): [string, string][] => [
      [id, `(client ${name})`],
      [secret, `(secret of ${name})`],
    ]),
    ...channels.map(({ id, name }): [string, string] => [id, `(channel ${name})`]),
  ];
  const named = (value: unknown) =>
    names
      .reduce((text, [id, name]) => text.replaceAll(id, name), JSON.stringify(value))
      .replaceAll(externalId, '(external id)')
      .replaceAll(UUID, '(some id)');
  const lines = [
    ...clients.map((it) => named(['client', it])),
    ...channels.map((it) => named(['channel', it])),
    ...things.connections.map((it) => named(['connection', it])),
    ...configs.map((it) => named(['configuration', { ...it, ...fitting(it, certificates) }])),
    ...things.bindings.map((it) => named(['binding', it])),
    ...certificates.map(({ entity_id }) => named(['certificate', entity_id])),
  ];
  return lines.toSorted().join('\n');
}

/** The certificate in a configuration: whose it is, and whether the key belongs to it. */
function fitting(
  { client_cert, client_key }: Things['configs'][number],
  certificates: Things['certificates'],
): object {
  if (client_cert === '') return { client_cert, client_key };
  const issued = certificates.find(({ certificate }) => client_cert.startsWith(certificate));
  return {
    client_cert: issued ? `of ${issued.entity_id}` : 'not one that is valid',
    client_key: keyFits(client_cert, client_key) ? 'fits' : 'does not fit',
  };
}

function keyFits(certificate: string, key: string): boolean {
  try {
    return new X509Certificate(certificate).checkPrivateKey(createPrivateKey(key));
  } catch {
    return false;
  }
}
