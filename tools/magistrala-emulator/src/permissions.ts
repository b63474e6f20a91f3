import type { Scope, PersonalTokens } from './auth/pats.js';
import type { Session } from './auth/session.js';
import type { Domain, Domains } from './domains/domains.js';
import { type EntityType, allowsInDomain, allowsOnEntity } from './domains/roles.js';
import type { Entity } from './entities/entity.js';
import { forbidden, notFound } from './http/refusal.js';

/** What one may do in a domain, as SpiceDB's schema calls it. */
export type DomainPermission =
  'membership' | 'admin' | 'client_create_permission' | 'channel_create_permission';

/** What a personal access token must be good for; the domain is the session's. */
type TokenDemand = Pick<Scope, 'entity_type' | 'operation' | 'entity_id'>;

const ENTITY_TYPES: Partial<Record<string, EntityType>> = { clients: 'client', channels: 'channel' };

/** The permission behind an operation on a client or channel, as in Magistrala's `permission.yaml`. */
const PERMISSIONS: Partial<Record<string, string>> = {
  view: 'read_permission',
  update: 'update_permission',
  update_tags: 'update_permission',
  update_secret: 'update_permission',
  enable: 'update_permission',
  disable: 'update_permission',
  delete: 'delete_permission',
  set_parent_group: 'set_parent_group_permission',
  remove_parent_group: 'set_parent_group_permission',
  connect_to_channel: 'connect_to_channel_permission',
  disconnect_from_channel: 'connect_to_channel_permission',
  connect_client: 'connect_to_client_permission',
  disconnect_client: 'connect_to_client_permission',
};

export class Permissions {
  constructor(
    private readonly domains: Domains,
    private readonly pats: PersonalTokens,
  ) {}

  /**
   * Checks the domain's state, the token's scopes and the caller's role in the domain (Magistrala wire §1.8).
   *
   * @throws Refusal 404 for an unknown domain, 403 otherwise.
   */
  requireInDomain(session: Session, permission: DomainPermission, demand?: TokenDemand): Domain {
    const domain = this.requireOpenDomain(session);
    this.requireScope(session, demand);
    if (!this.may(session, domain, permission)) throw forbidden();
    return domain;
  }

  /**
   * Checks the state of the domain in the path: everybody else stays out of a disabled or frozen one.
   *
   * @throws Refusal 404 for an unknown domain, 403 otherwise.
   */
  requireOpenDomain(session: Session): Domain {
    const domain = this.domains.get(session.domainId);
    if (!domain) throw notFound();
    const needed = domain.status === 'enabled' ? 'membership' : 'admin';
    const barred = domain.status === 'freezed' && !session.isAdmin;
    if (barred || !this.may(session, domain, needed)) throw forbidden();
    return domain;
  }

  /**
   * The entity, if the caller may do with it what the demand says. No one, administrators included, may do anything with
   * an entity that does not exist or has no policies, so unknown ids are 403 and not 404 (Magistrala wire §2.4).
   *
   * @throws Refusal 403.
   */
  requireOnEntity<E extends Entity>(session: Session, entity: E | undefined, demand: TokenDemand): E {
    this.requireScope(session, demand);
    if (!entity || !hasPolicies(entity) || !this.mayOnEntity(session, entity, demand)) throw forbidden();
    return entity;
  }

  mayOnEntity(
    session: Session,
    entity: Entity,
    { entity_type, operation }: Pick<TokenDemand, 'entity_type' | 'operation'>,
  ): boolean {
    const { isAdmin, userId } = session;
    const [type, permission] = [ENTITY_TYPES[entity_type], PERMISSIONS[operation]];
    if (!type || !permission || (!isAdmin && entity.domain_id !== session.domainId)) return false;
    const role = this.roleOf(session);
    const isOwner = role !== undefined && entity.ownerId === userId;
    return allowsOnEntity({ isAdmin, role, isOwner }, type, permission);
  }

  private may(session: Session, domain: Domain, permission: DomainPermission): boolean {
    const role = domain.members.get(session.userId);
    return allowsInDomain({ isAdmin: session.isAdmin, role }, permission);
  }

  private roleOf(session: Session) {
    return this.domains.get(session.domainId)?.members.get(session.userId);
  }

  private requireScope(session: Session, demand: TokenDemand | undefined): void {
    if (session.patId === undefined || demand === undefined) return;
    if (!this.pats.allows(session.patId, { ...demand, domain_id: session.domainId })) throw forbidden();
  }
}

/** Whether a check finds any: a stale one misses those of a thing that was just created. */
export const hasPolicies = ({ policies, seenFrom }: Entity): boolean =>
  policies && seenFrom <= performance.now();
