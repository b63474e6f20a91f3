import type { Things } from '../src/provisioning/things.js';

export const ID = (last: number) => `00000000-0000-4000-8000-${String(last).padStart(12, '0')}`;
export const NONE: Things = {
  clients: [],
  channels: [],
  connections: [],
  configs: [],
  bindings: [],
  certificates: [],
};

/** The ids that a gateway has from a number on. */
export const ids = (from: number) => ({ client: ID(from), channel: ID(from + 1), config: ID(from + 2) });

/** One client, one channel, one configuration and one certificate, with ids from a number on. */
export function gateway(externalId: string, from: number): Things {
  const { client, channel, config } = ids(from);
  const domain_id = ID(0);
  const entity = { domain_id, tags: [], status: 'enabled', policies: true, roles: true };
  const metadata = { external_id: externalId, cfg_id: config };
  return {
    clients: [{ ...entity, id: client, name: 'press', metadata, identity: '', secret: ID(from + 3) }],
    channels: [{ ...entity, id: channel, name: 'press_data', metadata: {}, route: '' }],
    connections: [{ channel_id: channel, client_id: client, domain_id, type: 'Publish' }],
    configs: [
      {
        id: config,
        domain_id,
        external_id: externalId,
        name: `press_${externalId}`,
        content: JSON.stringify({ client, secret: ID(from + 3) }),
        status: 'enabled',
        profile_id: '',
        render_context: { provision_run: ID(from + 4) },
        client_cert: '',
        client_key: '',
        ca_cert: '',
      },
    ],
    bindings: [],
    certificates: [certificate(client, `${from}`)],
  };
}

export const certificate = (entity_id: string, serial_number: string): Things['certificates'][number] => ({
  serial_number,
  domain_id: ID(0),
  entity_id,
  revoked: false,
  expiry_time: '2027-01-01T00:00:00Z',
  certificate: `PEM ${serial_number}`,
});
