import { randomUUID } from 'node:crypto';
import type { Clock, JsonObject } from '@org/domain';
import { badRequest, conflict, unprocessable } from '../http/refusal.js';
import { ZERO_TIME, isoTime } from '../wire-time.js';
import { type DomainRole, type Role, actionsOf, newRole } from './roles.js';

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
  /** Role by user id: a user has one in a domain. */
  readonly members: Map<string, Role>;
  /** By name. */
  readonly roles: Map<string, Role>;
}

interface NewDomain {
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
    const created_at = isoTime(this.clock);
    const admin = newRole({ name: 'admin', created_by: createdBy, created_at }, actionsOf('admin'));
    const added: Domain = {
      id,
      name,
      route,
      tags,
      metadata,
      status: 'enabled',
      created_by: createdBy,
      created_at,
      updated_at: ZERO_TIME,
      updated_by: '',
      members: new Map([[createdBy, admin]]),
      roles: new Map([[admin.name, admin]]),
    };
    this.byId.set(id, added);
    this.routes.add(route);
    return added;
  }

  /** @throws Refusal 400 when the domain has a role of this name. */
  addRole(domain: Domain, role: Pick<Role, 'name' | 'created_by'>, actions: readonly string[]): Role {
    if (domain.roles.has(role.name)) throw conflict();
    const added = newRole({ ...role, created_at: isoTime(this.clock) }, actions);
    domain.roles.set(added.name, added);
    return added;
  }

  /** One of the usual roles, made where the domain has it not yet. */
  usualRole(domain: Domain, name: DomainRole): Role {
    const { created_by } = domain;
    return domain.roles.get(name) ?? this.addRole(domain, { name, created_by }, actionsOf(name));
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
