import type { ShownMachine } from '@org/harness';
import type { Things } from '../provisioning/things.js';

type Owner = Pick<ShownMachine, 'gateway'>;

/** What exists of the gateway that a machine is said to have. */
export const gatewayOf = (things: Things, owner: Owner): Things => filtered(things, belongingTo([owner]));

/** What exists besides the gateways that machines are said to have. */
export function outside(things: Things, owners: readonly Owner[]): Things {
  const belongs = belongingTo(owners);
  return filtered(things, (id) => !belongs(id));
}

function belongingTo(owners: readonly Owner[]): (id: string) => boolean {
  const ids = owners.flatMap(({ gateway }) =>
    gateway ? [...gateway.client_ids, ...gateway.channel_ids, gateway.configuration_id ?? ''] : [],
  );
  const known = new Set(ids);
  return (id) => known.has(id);
}

/** Connections, certificates and bindings go with the client or configuration that they are of. */
const filtered = (things: Things, keeps: (id: string) => boolean): Things => ({
  clients: things.clients.filter(({ id }) => keeps(id)),
  channels: things.channels.filter(({ id }) => keeps(id)),
  connections: things.connections.filter(({ client_id }) => keeps(client_id)),
  configs: things.configs.filter(({ id }) => keeps(id)),
  bindings: things.bindings.filter(({ config_id }) => keeps(config_id)),
  certificates: things.certificates.filter(({ entity_id }) => keeps(entity_id ?? '')),
});
