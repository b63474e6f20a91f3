import type { Scope, PersonalTokens } from './auth/pats.js';
import type { Session } from './auth/session.js';
import type { Domain, Domains } from './domains/domains.js';
import type { Entity } from './entities/entity.js';
import { forbidden, notFound } from './http/refusal.js';

/** What one may do in a domain. */
export type DomainPermission = 'membership' | 'admin' | 'create';

/** What one may do with a client or a channel. */
export type EntityPermission = 'read' | 'write';

/** What a personal access token must be good for; the domain is the session's. */
export type TokenDemand = Pick<Scope, 'entity_type' | 'operation' | 'entity_id'>;

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
   * The entity, if the caller may do this with it. Nobody, administrators included, may do anything with an
   * entity that does not exist, so unknown ids are 403 and not 404 (Magistrala wire §2.4).
   *
   * @throws Refusal 403.
   */
  requireOnEntity<E extends Entity>(
    session: Session,
    entity: E | undefined,
    permission: EntityPermission,
    demand: TokenDemand,
  ): E {
    this.requireScope(session, demand);
    if (!entity || !this.mayOnEntity(session, entity, permission)) throw forbidden();
    return entity;
  }

  /** Whether the caller sees the domain's clients and channels in listings. */
  seesEntities(session: Session): boolean {
    return session.isAdmin || this.roleOf(session) !== undefined;
  }

  private mayOnEntity(session: Session, entity: Entity, permission: EntityPermission): boolean {
    if (session.isAdmin) return true;
    if (entity.domain_id !== session.domainId) return false;
    const role = this.roleOf(session);
    return permission === 'read' ? role !== undefined : role === 'admin' || role === 'member';
  }

  private may(session: Session, domain: Domain, permission: DomainPermission): boolean {
    if (session.isAdmin) return true;
    const role = domain.members.get(session.userId);
    if (role === undefined || role === 'admin' || permission === 'membership') return role !== undefined;
    return permission === 'create' && role === 'member';
  }

  private roleOf(session: Session) {
    return this.domains.get(session.domainId)?.members.get(session.userId);
  }

  private requireScope(session: Session, demand: TokenDemand | undefined): void {
    if (session.patId === undefined || demand === undefined) return;
    if (!this.pats.allows(session.patId, { ...demand, domain_id: session.domainId })) throw forbidden();
  }
}
