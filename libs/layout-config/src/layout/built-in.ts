import type { JsonObject } from '@org/domain';

/** What is made where no file says otherwise: the original's own built-in layout (Magistrala wire §7.3). */
export const BUILT_IN_CLIENTS: JsonObject[] = [{ name: 'client', metadata: { external_id: 'xxxxxx' } }];

export const BUILT_IN_CHANNELS: JsonObject[] = [
  { name: 'control-channel', metadata: { type: 'control' } },
  { name: 'data-channel', metadata: { type: 'data' } },
];

/** What today's Magistrala agent needs to connect (Magistrala wire §8.4). */
export const BUILT_IN_CONTENT: JsonObject = {
  external_id: '${external_id}',
  domain_id: '${domain.id}',
  mqtt: { url: '${values.mqtt_url}', client_id: '${gateway.id}', secret: '${gateway.secret}' },
  telemetry: { channel_id: '${channels.data.id}' },
  commands: { channel_id: '${channels.control.id}' },
};
