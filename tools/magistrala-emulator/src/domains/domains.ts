import { randomUUID } from 'node:crypto';
import type { Clock, JsonObject } from '@org/domain';
import { badRequest, unprocessable } from '../http/refusal.js';
import { ZERO_TIME, isoTime } from '../wire-time.js';
import { DOMAIN_ROLES, type DomainRole } from './roles.js';

export type DomainStatus = 'enabled' | 'disabled' | 'freezed';

export interface Domain {
  readonly id: string;
  name: string;
  readonly route: string;
  tags: readonly string[];
  metadata: JsonObject;
  status: DomainStatus;
  readonly created_by: string;
  readonly created_at: string;
  updated_at: string;
  updated_by: string;
  /** Role by user id. */
  readonly members: Map<string, DomainRole>;
  /** Role ids, as invitations name them. */
  readonly roleIds: Readonly<Record<DomainRole, string>>;
}

export interface NewDomain {
  readonly id?: string;
  readonly name?: string;
  readonly route?: string;
  readonly tags?: readonly string[];
  readonly metadata?: JsonObject;
}

export const MOST_DOMAIN_NAME_CHARS = 254;

export class Domains {
  private readonly byId = new Map<string, Domain>();
  private readonly routes = new Set<string>();

  constructor(private readonly clock: Clock) {}

  /** @throws Refusal for an id or a route in use, for no route, or for a name that is too long. */
  add(domain: NewDomain, createdBy: string): Domain {
    const { id = randomUUID(), name = '', route = '', tags = [], metadata = {} } = domain;
    // An absent route is NULL in a column that takes none; the database says so before it looks for duplicates.
    if (name.length > MOST_DOMAIN_NAME_CHARS || route === '') throw unprocessable('failed to create entity');
    if (this.byId.has(id)) throw badRequest('domain already exists');
    if (this.routes.has(route)) throw badRequest('route not available');
    const added: Domain = {
      id,
      name,
      route,
      tags,
      metadata,
      status: 'enabled',
      created_by: createdBy,
      created_at: isoTime(this.clock),
      updated_at: ZERO_TIME,
      updated_by: '',
      members: new Map([[createdBy, 'admin']]),
      roleIds: Object.fromEntries(DOMAIN_ROLES.map((role) => [role, randomUUID()])) as Domain['roleIds'],
    };
    this.byId.set(id, added);
    this.routes.add(route);
    return added;
  }

  get(id: string): Domain | undefined {
    return this.byId.get(id);
  }

  all(): Domain[] {
    return [...this.byId.values()];
  }

  clear(): void {
    this.byId.clear();
    this.routes.clear();
  }
}
