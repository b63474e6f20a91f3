import { createHash, randomInt, randomUUID } from 'node:crypto';
import type { Clock } from '@org/domain';

export interface Scope {
  readonly domain_id: string;
  readonly entity_type: string;
  readonly operation: string;
  /** `*` for any. */
  readonly entity_id: string;
}

export interface PersonalToken {
  readonly id: string;
  readonly userId: string;
  readonly name: string;
  readonly description: string;
  readonly issuedAt: number;
  readonly expiresAt: number;
  readonly secretHash: string;
  revoked: boolean;
  readonly scopes: Scope[];
}

const RANDOM_CHARS = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789!@#$%^&*|+-=';
const CREATE = 'create';

/** Magistrala keeps bcrypt hashes here and wherever it keeps secrets; this is far quicker and hides them as well. */
export const hashed = (secret: string) => createHash('sha256').update(secret).digest('base64');

/** Personal access tokens (Magistrala wire §1.7). */
export class PersonalTokens {
  private readonly tokens = new Map<string, PersonalToken>();

  constructor(private readonly clock: Clock) {}

  create(token: Pick<PersonalToken, 'userId' | 'name' | 'description'> & { readonly durationMs: number }): {
    readonly token: PersonalToken;
    readonly secret: string;
  } {
    const id = randomUUID();
    const ids = Buffer.from(`${token.userId}${id}`.replaceAll('-', ''), 'hex').toString('base64');
    const random = Array.from({ length: 100 }, () => RANDOM_CHARS[randomInt(RANDOM_CHARS.length)]).join('');
    const secret = `pat_${ids}_${random}`;
    const issuedAt = this.clock.now();
    const { userId, name, description, durationMs } = token;
    const expiresAt = issuedAt + durationMs;
    const secretHash = hashed(secret);
    const made = {
      id,
      userId,
      name,
      description,
      issuedAt,
      expiresAt,
      secretHash,
      revoked: false,
      scopes: [],
    };
    this.tokens.set(id, made);
    return { token: made, secret };
  }

  /** The token with this secret, if it can still be used. */
  identify(secret: string): PersonalToken | undefined {
    const ids = Buffer.from(secret.split('_')[1] ?? '', 'base64').toString('hex');
    const id = ids.slice(32).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
    const token = this.tokens.get(id);
    const usable = token && !token.revoked && token.expiresAt > this.clock.now();
    return usable && token.secretHash === hashed(secret) ? token : undefined;
  }

  ofUser(userId: string, id: string): PersonalToken | undefined {
    const token = this.tokens.get(id);
    return token?.userId === userId ? token : undefined;
  }

  remove(id: string): void {
    this.tokens.delete(id);
  }

  /** Whether one of the token's scopes covers the demand. */
  allows(id: string, demand: Scope): boolean {
    return (this.tokens.get(id)?.scopes ?? []).some(
      (scope) =>
        scope.domain_id === demand.domain_id &&
        scope.entity_type === demand.entity_type &&
        (scope.operation === demand.operation ||
          (scope.operation === CREATE && demand.operation === `${CREATE}_${demand.entity_type}`)) &&
        (scope.entity_id === '*' || scope.entity_id === demand.entity_id),
    );
  }

  clear(): void {
    this.tokens.clear();
  }
}
