import { randomUUID } from 'node:crypto';
import type { JsonObject } from '@org/domain';
import { hashed } from '../auth/pats.js';
import { conflict, unprocessable } from '../http/refusal.js';
import { MOST_SECRET_BYTES } from '../users/users.js';

export interface Config {
  readonly id: string;
  readonly domain_id: string;
  readonly external_id: string;
  readonly keyHash: string;
  name: string;
  content: string;
  client_cert: string;
  client_key: string;
  ca_cert: string;
  status: 'enabled' | 'disabled';
  profile_id: string;
  readonly render_context: JsonObject | undefined;
}

type NewConfig = Omit<Config, 'id' | 'keyHash' | 'status'> & { readonly external_key: string };

/** Bootstrap configurations. An external id is used once in the whole installation, a name once in a domain. */
export class Configs {
  private readonly byId = new Map<string, Config>();
  private readonly byExternalId = new Map<string, Config>();
  private readonly byDomain = new Map<string, Map<string, Config>>();
  private readonly names = new Set<string>();

  /**
   * @param checkReferences throws for what the config refers to in vain; the database looks at that last
   * @throws Refusal for a key over 72 bytes, and for an external id or a name in use.
   */
  add({ external_key: key, ...config }: NewConfig, checkReferences: () => void): Config {
    if (Buffer.byteLength(key) > MOST_SECRET_BYTES)
      throw unprocessable('generate hash from external key failed');
    if (this.byExternalId.has(config.external_id)) throw conflict();
    if (config.name !== '' && this.names.has(nameKey(config))) throw conflict();
    checkReferences();
    // Enabled from birth, whatever the caller wants (Magistrala wire §4.1).
    const added: Config = { ...config, id: randomUUID(), keyHash: hashed(key), status: 'enabled' };
    this.byId.set(added.id, added);
    this.byExternalId.set(added.external_id, added);
    const ofDomain = this.byDomain.get(added.domain_id);
    if (ofDomain) ofDomain.set(added.id, added);
    else this.byDomain.set(added.domain_id, new Map([[added.id, added]]));
    this.takeName(added);
    return added;
  }

  get(domainId: string, id: string): Config | undefined {
    return this.byDomain.get(domainId)?.get(id);
  }

  byExternal(externalId: string): Config | undefined {
    return this.byExternalId.get(externalId);
  }

  inDomain(domainId: string | undefined): Iterable<Config> {
    return domainId === undefined ? this.byId.values() : (this.byDomain.get(domainId)?.values() ?? []);
  }

  /** @throws Refusal 422 when the name is taken: only when adding does Magistrala say "conflict". */
  rename(config: Config, name: string): void {
    if (name === config.name) return;
    if (name !== '' && this.names.has(nameKey({ ...config, name })))
      throw unprocessable('update entity failed');
    this.names.delete(nameKey(config));
    config.name = name;
    this.takeName(config);
  }

  remove(config: Config): void {
    this.byId.delete(config.id);
    this.byExternalId.delete(config.external_id);
    this.byDomain.get(config.domain_id)?.delete(config.id);
    this.names.delete(nameKey(config));
  }

  forgetProfile(profileId: string): void {
    for (const config of this.byId.values()) if (config.profile_id === profileId) config.profile_id = '';
  }

  clear(): void {
    this.byId.clear();
    this.byExternalId.clear();
    this.byDomain.clear();
    this.names.clear();
  }

  private takeName(config: Config): void {
    if (config.name !== '') this.names.add(nameKey(config));
  }
}

const nameKey = ({ domain_id, name }: Pick<Config, 'domain_id' | 'name'>) => `${domain_id} ${name}`;
