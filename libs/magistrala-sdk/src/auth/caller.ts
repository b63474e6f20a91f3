/** Who is calling, as a verified token says (Magistrala wire §1.5). */
export interface Caller {
  readonly userId: string;
  /** `admin`: of the whole platform. */
  readonly role: 'user' | 'admin';
  /** Whether the user's e-mail address was verified. */
  readonly verified: boolean;
  readonly tokenType: TokenType;
  /** Id of the personal access token, whose scopes the auth service then judges by; undefined for all others. */
  readonly patId?: string;
}

/** The kinds of token that act for a user. Refresh, recovery and invitation tokens do not, though Magistrala takes them. */
export type TokenType = 'access' | 'api_key' | 'personal_access_token';

const TOKEN_TYPES: Partial<Record<number, TokenType>> = {
  0: 'access',
  3: 'api_key',
  4: 'personal_access_token',
};

/** The kind that the number in a token or answer stands for; undefined when it must not be accepted. */
export const tokenTypeOf = (type: unknown): TokenType | undefined => TOKEN_TYPES[Number(type)];

export const roleOf = (role: unknown): Caller['role'] => (role === 2 ? 'admin' : 'user');

/** How permissions in a domain name the caller: administrators of the platform go without the domain. */
export function domainUserId(caller: Pick<Caller, 'userId' | 'role'>, domainId: string): string {
  return caller.role === 'admin' ? caller.userId : `${domainId}_${caller.userId}`;
}

/** Whether Magistrala would refuse the caller until the e-mail address is verified, unless set up not to (Magistrala wire §1.9). */
export function needsVerification(caller: Caller): boolean {
  return !caller.verified && caller.role === 'user' && caller.tokenType !== 'personal_access_token';
}

/** Personal access tokens are no JWT: only the auth service can tell what they are. */
export const isPersonalAccessToken = (token: string): boolean => token.startsWith('pat_');
