import type { ErrorCode } from '@org/domain';
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
  refineBy,
  toPage,
} from '@org/http-client';
import type { EntityStatus } from './clients/client.js';
import { conflict } from './failures.js';
import { Service } from './service.js';

/** What differs between clients and channels. */
interface EntityKind<Types extends EntityTypes> {
  /** The path segment, and the key of lists. */
  readonly collection: 'clients' | 'channels';
  readonly toWire: (entity: Types['create']) => object;
  readonly fromWire: (wire: Types['wire']) => Types['entity'];
  readonly changesToWire: (changes: Types['changes']) => object;
  readonly query: (options: Types['list']) => Query;
  readonly refineCreate: Refine;
  /** Two that cannot be created together, and the code of the refusal. */
  readonly rivals: () => { readonly pair: readonly Types['create'][]; readonly code: ErrorCode };
  /** The code of the refusal of an id that is taken. */
  readonly takenCode: string;
}

/**
 * What a service shows of an id, in the two ways that it has. What a call leaves that was cut off is shown by one of
 * them only, or by neither (Magistrala wire §11.1).
 */
export interface Shown {
  /** Its status by view, which goes by permissions; undefined where that is refused. */
  readonly viewed: EntityStatus | undefined;
  /** Its status by list, which goes by roles; undefined where it is not listed. */
  readonly listed: EntityStatus | undefined;
}

interface EntityTypes {
  readonly wire: object;
  readonly entity: { readonly id: string; readonly status: EntityStatus };
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

  /** Lists what the caller has a role on. Someone who is no member of the domain sees an empty page, no error. */
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

  /**
   * The one with this id, enabled or disabled, by listing: undefined, not an error, when there is none to be seen. One
   * whose status is `deleted` is none: a removal that was cut off leaves such, and lists may show them for ever.
   */
  async find(id: string, call: DomainCallOptions): Promise<Types['entity'] | undefined> {
    const [found] = (await this.list({ id, status: 'all' }, call)).items;
    return found?.status === 'deleted' ? undefined : found;
  }

  /** What can be seen of an id. That is nothing at all only where both ways show nothing. */
  async shown(id: string, call: DomainCallOptions): Promise<Shown> {
    const [viewed, { items }] = await Promise.all([
      this.view(id, call).catch(unseen),
      this.list({ id, status: 'all' }, call),
    ]);
    return { viewed: viewed?.status, listed: items[0]?.status };
  }

  /**
   * Whether nothing in the service's database has any of these ids, seen or not: asked by a create that cannot succeed,
   * as it holds two that exclude each other. Creates nothing. Needs the right to create.
   *
   * @returns false also where the database fails, which clients do not tell from a taken id
   */
  async areFree(ids: readonly string[], call: DomainCallOptions): Promise<boolean> {
    const { pair, code } = this.#kind.rivals();
    const refusal = await this.refusalOf([...ids.map((id) => ({ id })), ...pair], call);
    return refusal === code;
  }

  /** The code with which a bulk create that cannot succeed is refused; other errors than those two are thrown. */
  protected async refusalOf(entities: readonly Types['create'][], call: DomainCallOptions): Promise<string> {
    const expected = [this.#kind.rivals().code, this.#kind.takenCode];
    try {
      const created = await this.createBulk(entities, call);
      // A service that knows no such conflict any more: nothing was taken, and nothing may be left.
      for (const { id } of created) await this.remove(id, call);
      return expected[0]!;
    } catch (error) {
      if (isHttpError(error) && expected.includes(error.code)) return error.code;
      throw error;
    }
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
   *
   * @throws HttpError `conflict` (`unremovable`) for what a create left without roles that was cut off: it stays, with
   *   status `deleted`, and no removal will ever succeed (Magistrala wire §11.1)
   */
  async remove(id: string, call: DomainCallOptions): Promise<void> {
    await this.http.request({
      operation: 'remove',
      method: 'DELETE',
      path: path`/${call.domainId}/${this.#kind.collection}/${id}`,
      expect: [204],
      refine: refineBy({ '400 malformed entity specification': conflict('unremovable') }),
      ...call,
    });
  }

  /**
   * Removes it, and where the answer leaves that open, looks whether it is gone. Use the token that created it:
   * to someone who may not see it, it always looks gone. A status of `deleted` is gone as far as can be seen.
   *
   * @throws HttpError of the removal, when it is still there.
   */
  async removeConfirmed(id: string, call: DomainCallOptions): Promise<void> {
    try {
      await this.remove(id, call);
    } catch (error) {
      if (!isHttpError(error) || !['forbidden', 'not_found', 'ambiguous'].includes(error.kind)) throw error;
      const { viewed, listed } = await this.shown(id, call);
      if ([viewed, listed].some((status) => status !== undefined && status !== 'deleted')) throw error;
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

/** For `catch`: what may not be seen is answered like what is not there. */
function unseen(error: unknown): undefined {
  if (!isHttpError(error) || !['forbidden', 'not_found'].includes(error.kind)) throw error;
  return undefined;
}
