import {
  type CallOptions,
  type Decode,
  type Page,
  type Path,
  type Query,
  type WirePage,
  fromJson,
  path,
  refineBy,
  toPage,
} from '@org/http-client';
import { CREATE_FAILED, conflict } from '../failures.js';
import { type ListOptions, listQuery } from '../list.js';
import { Service } from '../service.js';
import { type Domain, type NewDomain, type WireDomain, domainFromWire } from './domain.js';

const domain = fromJson<WireDomain, Domain>(domainFromWire);

const pageOf = <W, T>(key: string, toItem: (wire: W) => T): Decode<Page<T>> =>
  fromJson<WirePage & Record<string, W[] | null>, Page<T>>((wire) =>
    toPage(wire as WirePage, wire[key], toItem),
  );

const domains = pageOf<WireDomain, Domain>('domains', domainFromWire);

/** Magistrala's domains service (Magistrala wire §6). */
export class Domains extends Service {
  /**
   * Makes the caller the new domain's administrator.
   *
   * @throws HttpError `conflict` (`domain_id_taken`, `route_taken`)
   */
  async create({ id, name, route, tags, metadata }: NewDomain, call: CallOptions): Promise<Domain> {
    return this.http.request({
      operation: 'create',
      method: 'POST',
      path: path`/domains`,
      json: { id, name, route, tags, metadata },
      expect: [201],
      decode: domain,
      refine: refineBy({
        ...CREATE_FAILED,
        '400 domain already exists': conflict('domain_id_taken'),
        '400 route not available': conflict('route_taken'),
      }),
      ...call,
    });
  }

  /** @throws HttpError `not_found` for an id that does not exist, `forbidden` for one the caller is no member of. */
  async view(id: string, call: CallOptions): Promise<Domain> {
    return this.http.request({
      operation: 'view',
      method: 'GET',
      path: path`/domains/${id}`,
      expect: [200],
      decode: domain,
      ...call,
    });
  }

  /** The caller's domains. */
  async list(options: ListOptions, call: CallOptions): Promise<Page<Domain>> {
    return this.#list(
      { operation: 'list', path: path`/domains`, query: listQuery(options), decode: domains },
      call,
    );
  }

  async #list<T>(
    request: { operation: string; path: Path; query: Query; decode: Decode<Page<T>> },
    call: CallOptions,
  ): Promise<Page<T>> {
    return this.http.request({ method: 'GET', expect: [200], ...request, ...call });
  }
}
