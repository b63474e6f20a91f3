import type { JsonObject, JsonValue } from '@org/domain';
import type { Entity } from './entity.js';

/**
 * Entities by id, by domain, and by the scalar members at the top of their metadata, so that neither a look-up by
 * id nor one by `{"external_id": …}` has to look at every entity.
 */
export class EntityStore<E extends Entity> {
  private readonly byId = new Map<string, E>();
  private readonly byDomain = new Map<string, Map<string, E>>();
  private readonly byMetadata = new Map<string, Set<E>>();

  get(id: string): E | undefined {
    return this.byId.get(id);
  }

  add(entity: E): void {
    this.byId.set(entity.id, entity);
    const ofDomain = this.byDomain.get(entity.domain_id);
    if (ofDomain) ofDomain.set(entity.id, entity);
    else this.byDomain.set(entity.domain_id, new Map([[entity.id, entity]]));
    this.index(entity);
  }

  remove(entity: E): void {
    this.byId.delete(entity.id);
    this.byDomain.get(entity.domain_id)?.delete(entity.id);
    this.unindex(entity);
  }

  setMetadata(entity: E, metadata: JsonObject): void {
    this.unindex(entity);
    entity.metadata = metadata;
    this.index(entity);
  }

  /** The entities of a domain that may have this id and contain this metadata: all that do, and perhaps more. */
  candidates(domainId: string, { id, metadata }: { id?: string; metadata?: JsonObject }): Iterable<E> {
    const ofDomain = this.byDomain.get(domainId);
    if (!ofDomain) return [];
    if (id !== undefined) return [ofDomain.get(id)].filter((entity) => entity !== undefined);
    const key = indexKeys(domainId, metadata ?? {})[0];
    return key === undefined ? ofDomain.values() : (this.byMetadata.get(key) ?? []);
  }

  inDomain(domainId: string | undefined): Iterable<E> {
    return domainId === undefined ? this.byId.values() : (this.byDomain.get(domainId)?.values() ?? []);
  }

  clear(): void {
    this.byId.clear();
    this.byDomain.clear();
    this.byMetadata.clear();
  }

  private index(entity: E): void {
    for (const key of indexKeys(entity.domain_id, entity.metadata)) {
      const found = this.byMetadata.get(key);
      if (found) found.add(entity);
      else this.byMetadata.set(key, new Set([entity]));
    }
  }

  private unindex(entity: E): void {
    for (const key of indexKeys(entity.domain_id, entity.metadata)) {
      const found = this.byMetadata.get(key);
      found?.delete(entity);
      if (found?.size === 0) this.byMetadata.delete(key);
    }
  }
}

const isScalar = (value: JsonValue) => value === null || typeof value !== 'object';

function indexKeys(domainId: string, metadata: JsonObject): string[] {
  return Object.entries(metadata)
    .filter(([, value]) => isScalar(value))
    .map(([name, value]) => JSON.stringify([domainId, name, value]));
}
