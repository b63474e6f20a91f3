import { randomUUID } from 'node:crypto';
import type { Bench } from './bench.js';

/** Makes a client in the bench's domain and has it removed at the end. */
export async function newClient(bench: Bench, body: object = {}): Promise<string> {
  const id = randomUUID();
  await bench.asOwner('clients', 'POST', '/{domain}/clients', { json: { id, name: 'client', ...body } });
  bench.later('clients', 'DELETE', `/{domain}/clients/${id}`);
  return id;
}

/** The same for a channel. */
export async function newChannel(bench: Bench, body: object = {}): Promise<string> {
  const id = randomUUID();
  await bench.asOwner('channels', 'POST', '/{domain}/channels', { json: { id, name: 'channel', ...body } });
  bench.later('channels', 'DELETE', `/{domain}/channels/${id}`);
  return id;
}

export interface MadeConfig {
  readonly id: string;
  readonly externalId: string;
  readonly key: string;
}

/** The same for a bootstrap configuration. */
export async function newConfig(bench: Bench, body: object = {}): Promise<MadeConfig> {
  const externalId = randomUUID();
  const key = randomUUID();
  const json = { external_id: externalId, external_key: key, ...body };
  const { id } = (await bench.asOwner('bootstrap', 'POST', '/{domain}/clients/configs', { json })).read<{
    id: string;
  }>();
  bench.later('bootstrap', 'DELETE', `/{domain}/clients/configs/${id}`);
  return { id, externalId, key };
}

/** The same for a profile. */
export async function newProfile(bench: Bench, body: object = {}): Promise<string> {
  const json = { name: randomUUID(), ...body };
  const path = '/{domain}/clients/bootstrap/profiles';
  const { id } = (await bench.asOwner('bootstrap', 'POST', path, { json })).read<{ id: string }>();
  bench.later('bootstrap', 'DELETE', `${path}/${id}`);
  return id;
}
