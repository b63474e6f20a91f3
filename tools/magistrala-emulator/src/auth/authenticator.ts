import { Refusal, badRequest, unauthenticated } from '../http/refusal.js';
import type { Access } from '../operations.js';
import type { Users } from '../users/users.js';
import type { PersonalTokens } from './pats.js';
import type { Session } from './session.js';
import { ADMIN_ROLE, NO_ROLE, PERSONAL_TOKEN, type Tokens, USER_ROLE } from './tokens.js';

/** Whom a token stands for. */
interface Identity {
  /** Of the token; empty when it has none. */
  readonly id: string;
  readonly userId: string;
  readonly role: number;
  readonly verified: boolean;
  readonly type: number;
}

export class Authenticator {
  constructor(
    private readonly tokens: Tokens,
    private readonly pats: PersonalTokens,
    private readonly users: Users,
    private readonly allowUnverified: boolean,
  ) {}

  /** As the auth service identifies. The `type` of a JWT is not looked at (Magistrala wire §1.9). */
  async identify(token: string): Promise<Identity | undefined> {
    if (token.startsWith('pat')) {
      const pat = this.pats.identify(token);
      if (!pat) return undefined;
      const role = this.users.isAdmin(pat.userId) ? ADMIN_ROLE : USER_ROLE;
      return { id: pat.id, userId: pat.userId, role, verified: false, type: PERSONAL_TOKEN };
    }
    const claims = await this.tokens.verify(token);
    if (!claims || claims.role === NO_ROLE) return undefined;
    const { jti = '', sub, role, verified, type } = claims;
    return { id: jti, userId: sub, role, verified, type };
  }

  /**
   * As the middleware of every HTTP service (Magistrala wire §1.9).
   *
   * @throws Refusal 401, or 400 for an empty domain.
   */
  async authenticate(header: string | undefined, access: Access, domainId?: string): Promise<Session> {
    const token = bearerToken(header);
    if (token === '') throw new Refusal(401, 'missing or invalid bearer user token');
    const identity = await this.identify(token);
    if (!identity) throw unauthenticated();
    const isPat = identity.type === PERSONAL_TOKEN;
    const mayBeUnverified =
      isPat || this.allowUnverified || access === 'unverified' || identity.role === ADMIN_ROLE;
    if (!identity.verified && !mayBeUnverified) throw new Refusal(401, 'email not verified');
    if (access === 'domain' && !domainId) throw badRequest('missing domainID');
    return {
      userId: identity.userId,
      isAdmin: identity.role === ADMIN_ROLE && this.users.isAdmin(identity.userId),
      patId: isPat ? identity.id : undefined,
      domainId: domainId ?? '',
      token,
    };
  }
}

/** The token after exactly `Bearer `, or an empty text. */
export function bearerToken(header: string | undefined): string {
  return header?.startsWith('Bearer ') ? header.slice('Bearer '.length) : '';
}
