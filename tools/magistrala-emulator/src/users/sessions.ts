import { randomUUID } from 'node:crypto';
import { internal, unauthenticated } from '../http/refusal.js';
import {
  ACCESS_TOKEN,
  ADMIN_ROLE,
  type Claims,
  REFRESH_TOKEN,
  type Tokens,
  USER_ROLE,
} from '../auth/tokens.js';
import type { User } from './users.js';

const ACCESS_SECONDS = 3600;
const REFRESH_SECONDS = 24 * 3600;

interface TokenPair {
  readonly access_token: string;
  readonly refresh_token: string;
}

interface RefreshTokenInfo {
  readonly id: string;
  readonly description: string;
}

/** Token pairs and the refresh tokens that are still good (Magistrala wire §1.1, §1.2). */
export class Sessions {
  private readonly active = new Map<string, Map<string, RefreshTokenInfo>>();

  constructor(private readonly tokens: Tokens) {}

  async issue(user: User, description = ''): Promise<TokenPair> {
    const id = randomUUID();
    const exp = this.tokens.seconds() + REFRESH_SECONDS;
    const claims = this.claims(user);
    this.remember(user.id, { id, description });
    return {
      access_token: await this.tokens.sign({ ...claims, type: ACCESS_TOKEN }),
      refresh_token: await this.tokens.sign({ ...claims, type: REFRESH_TOKEN, exp, jti: id }),
    };
  }

  /** @throws Refusal 401 for a revoked token, 500 for one that is no refresh token. */
  async refresh(user: User, refreshToken: string): Promise<TokenPair> {
    const old = await this.tokens.verify(refreshToken);
    if (!old) throw unauthenticated();
    if (old.type !== REFRESH_TOKEN) throw internal('not a refresh token');
    const { jti = '', exp } = old;
    if (!this.active.get(user.id)?.has(jti)) throw unauthenticated();
    const claims = { ...this.claims(user), jti };
    return {
      access_token: await this.tokens.sign({ ...claims, type: ACCESS_TOKEN }),
      refresh_token: await this.tokens.sign({ ...claims, type: REFRESH_TOKEN, exp }),
    };
  }

  revoke(userId: string, tokenId: string): void {
    this.active.get(userId)?.delete(tokenId);
  }

  list(userId: string): RefreshTokenInfo[] {
    return [...(this.active.get(userId)?.values() ?? [])];
  }

  clear(): void {
    this.active.clear();
  }

  private remember(userId: string, token: RefreshTokenInfo): void {
    const ofUser = this.active.get(userId);
    if (ofUser) ofUser.set(token.id, token);
    else this.active.set(userId, new Map([[token.id, token]]));
  }

  private claims(user: User): Omit<Claims, 'type' | 'jti'> {
    return {
      sub: user.id,
      role: user.role === 'admin' ? ADMIN_ROLE : USER_ROLE,
      verified: !user.verified_at.startsWith('0001'),
      exp: this.tokens.seconds() + ACCESS_SECONDS,
    };
  }
}
