import {
  type DomainCallOptions,
  type HttpClient,
  type Page,
  type Query,
  type Refine,
  type RequestOptions,
  type WirePage,
  fromJson,
  goList,
  isHttpError,
  path,
  toPage,
} from '@org/http-client';
import { conflict } from './failures.js';
import { Service } from './service.js';

/** What differs between clients and channels. */
export interface EntityKind<Types extends EntityTypes> {
  /** The path segment, and the key of lists. */
  readonly collection: 'clients' | 'channels';
  readonly toWire: (entity: Types['create']) => object;
  readonly fromWire: (wire: Types['wire']) => Types['entity'];
  readonly changesToWire: (changes: Types['changes']) => object;
  readonly query: (options: Types['list']) => Query;
  readonly refineCreate: Refine;
}

export interface EntityTypes {
  readonly wire: object;
  readonly entity: object;
  readonly create: object;
  readonly changes: object;
  readonly list: object;
}

type WireList<W> = WirePage & Record<string, readonly W[] | null | undefined>;

/**
 * What clients and channels have in common (Magistrala wire §2.2, §3.1).
 *
 * An id that does not exist is answered like one that the caller may not see: `forbidden`. An entity that is
 * disabled cannot be updated: `not_found`.
 */
export abstract class Entities<Types extends EntityTypes> extends Service {
  readonly #kind: EntityKind<Types>;

  protected constructor(http: HttpClient, kind: EntityKind<Types>) {
    super(http);
    this.#kind = kind;
  }

  /**
   * Creates one. Give it an id, so that after an `ambiguous` error you know what to look for or to remove.
   * Never repeated once it was sent.
   */
  async create(entity: Types['create'], call: DomainCallOptions): Promise<Types['entity']> {
    const { collection, toWire, refineCreate } = this.#kind;
    return this.http.request({
      operation: 'create',
      method: 'POST',
      path: path`/${call.domainId}/${collection}`,
      json: toWire(entity),
      expect: [201],
      decode: this.decodeEntity,
      refine: refineCreate,
      ...call,
    });
  }

  /** Creates all or none, in one insert. */
  async createBulk(
    entities: readonly Types['create'][],
    call: DomainCallOptions,
  ): Promise<readonly Types['entity'][]> {
    const { collection, toWire, fromWire, refineCreate } = this.#kind;
    return this.http.request({
      operation: 'create_bulk',
      method: 'POST',
      path: path`/${call.domainId}/${collection}/bulk`,
      json: entities.map(toWire),
      expect: [200],
      decode: fromJson<WireList<Types['wire']>, readonly Types['entity'][]>((wire) =>
        goList(wire[collection]).map(fromWire),
      ),
      refine: refineCreate,
      ...call,
    });
  }

  async view(id: string, call: DomainCallOptions): Promise<Types['entity']> {
    return this.http.request({
      operation: 'view',
      method: 'GET',
      path: path`/${call.domainId}/${this.#kind.collection}/${id}`,
      expect: [200],
      decode: this.decodeEntity,
      ...call,
    });
  }

  /** Lists what the caller has a role on. Somebody who is no member of the domain sees an empty page, no error. */
  async list(options: Types['list'], call: DomainCallOptions): Promise<Page<Types['entity']>> {
    const { collection, fromWire, query } = this.#kind;
    return this.http.request({
      operation: 'list',
      method: 'GET',
      path: path`/${call.domainId}/${collection}`,
      query: query(options),
      expect: [200],
      decode: fromJson<WireList<Types['wire']>, Page<Types['entity']>>((wire) =>
        toPage(wire as WirePage, wire[collection], fromWire),
      ),
      ...call,
    });
  }

  /** The one with this id in any status, by listing: undefined, not an error, when there is none to be seen. */
  async find(id: string, call: DomainCallOptions): Promise<Types['entity'] | undefined> {
    return (await this.list({ id, status: 'all' }, call)).items[0];
  }

  /** Changes what is given; metadata is replaced as a whole. */
  async update(id: string, changes: Types['changes'], call: DomainCallOptions): Promise<Types['entity']> {
    const { collection, changesToWire } = this.#kind;
    const json = changesToWire(changes);
    return this.patch({ operation: 'update', path: path`/${call.domainId}/${collection}/${id}`, json }, call);
  }

  async updateTags(id: string, tags: readonly string[], call: DomainCallOptions): Promise<Types['entity']> {
    const { collection } = this.#kind;
    const json = { tags };
    return this.patch(
      { operation: 'update_tags', path: path`/${call.domainId}/${collection}/${id}/tags`, json },
      call,
    );
  }

  /** @throws HttpError `conflict` (`status_already_assigned`) when it is enabled already. */
  async enable(id: string, call: DomainCallOptions): Promise<Types['entity']> {
    return this.#changeStatus('enable', id, call);
  }

  /** @throws HttpError `conflict` (`status_already_assigned`) when it is disabled already. */
  async disable(id: string, call: DomainCallOptions): Promise<Types['entity']> {
    return this.#changeStatus('disable', id, call);
  }

  /**
   * Removes it and its connections. `forbidden` and `not_found` mean "probably gone": the second of two removals
   * is answered so. `removeConfirmed` looks.
   */
  async remove(id: string, call: DomainCallOptions): Promise<void> {
    await this.http.request({
      operation: 'remove',
      method: 'DELETE',
      path: path`/${call.domainId}/${this.#kind.collection}/${id}`,
      expect: [204],
      ...call,
    });
  }

  /**
   * Removes it, and where the answer leaves that open, looks whether it is gone. Use the token that created it:
   * to somebody who may not see it, it always looks gone.
   *
   * @throws HttpError of the removal, when it is still there.
   */
  async removeConfirmed(id: string, call: DomainCallOptions): Promise<void> {
    try {
      await this.remove(id, call);
    } catch (error) {
      if (!isHttpError(error) || !['forbidden', 'not_found', 'ambiguous'].includes(error.kind)) throw error;
      if (await this.find(id, call)) throw error;
    }
  }

  protected readonly decodeEntity = fromJson<Types['wire'], Types['entity']>((wire) =>
    this.#kind.fromWire(wire as Types['wire']),
  );

  /** Repeatable: the second PATCH writes what the first one wrote. */
  protected patch(
    request: Pick<RequestOptions, 'operation' | 'path' | 'json' | 'refine'>,
    call: DomainCallOptions,
  ): Promise<Types['entity']> {
    return this.http.request({
      method: 'PATCH',
      expect: [200],
      repeatable: true,
      decode: this.decodeEntity,
      ...request,
      ...call,
    });
  }

  async #changeStatus(
    to: 'enable' | 'disable',
    id: string,
    call: DomainCallOptions,
  ): Promise<Types['entity']> {
    return this.http.request({
      operation: to,
      method: 'POST',
      path: path`/${call.domainId}/${this.#kind.collection}/${id}/${to}`,
      expect: [200],
      decode: this.decodeEntity,
      refine: ({ upstreamMessage }) =>
        upstreamMessage === 'status already assigned' ? conflict('status_already_assigned') : undefined,
      ...call,
    });
  }
}
