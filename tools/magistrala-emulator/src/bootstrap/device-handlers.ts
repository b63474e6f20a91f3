import { hashed } from '../auth/pats.js';
import { Refusal, internal, missingId, notFound } from '../http/refusal.js';
import { type Reply, json, omitEmpty } from '../http/reply.js';
import { type Handler, type Request, param } from '../http/request.js';
import type { World } from '../world.js';
import { requireBoundSlots } from './bindings.js';
import { decrypt, encrypt } from './cipher.js';
import type { Config } from './configs.js';
import { render } from './render.js';

const SCHEME = 'Client ';

type Operation = 'fetch_without_id' | 'fetch' | 'fetch_secure';

/** What devices call, with their external key (Magistrala wire §4.6). */
export function deviceHandlers(world: World): Record<Operation, Handler> {
  const { configs, profiles, bindings } = world;

  /** Order: header, id, look-up, decryption, key, status, rendering. */
  function fetched(request: Request, keyOf: (sent: string) => string): object {
    const { authorization = '' } = request.headers;
    const sent = authorization.startsWith(SCHEME) ? authorization.slice(SCHEME.length) : '';
    if (sent === '') throw new Refusal(401, 'missing or invalid bearer entity key');
    const externalId = param(request, 'externalID');
    if (externalId === '') throw missingId();
    const config = configs.byExternal(externalId);
    if (!config) throw notFound();
    if (hashed(keyOf(sent)) !== config.keyHash) {
      throw new Refusal(403, 'failed to get bootstrap configuration for given external key');
    }
    if (config.status === 'disabled') throw internal('config is disabled');
    const { id, client_cert, client_key, ca_cert } = config;
    return omitEmpty({ id, content: contentOf(config), client_cert, client_key, ca_cert });
  }

  function contentOf(config: Config): string {
    if (config.profile_id === '') return config.content;
    const profile = profiles.get(config.domain_id, config.profile_id);
    if (!profile) throw notFound();
    const bound = bindings.of(config.id);
    requireBoundSlots(profile, bound);
    return render(profile, config, bound);
  }

  function decrypted(sent: string): string {
    const key = decrypt(world.bootstrapKey, sent);
    if (key !== undefined) return key;
    throw new Refusal(403, 'failed to get bootstrap configuration for given encrypted external key');
  }

  const fetchPlain: Handler = (request) =>
    json(
      200,
      fetched(request, (sent) => sent),
    );

  return {
    fetch_without_id: fetchPlain,
    fetch: fetchPlain,
    fetch_secure: (request): Reply => {
      const body = encrypt(world.bootstrapKey, JSON.stringify(fetched(request, decrypted)));
      return { status: 200, headers: { 'content-type': 'application/octet-stream' }, body };
    },
  };
}
