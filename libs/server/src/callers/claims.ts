import type { Secret } from '@org/domain';

/** Claims of a Magistrala token (Magistrala wire §1.5), each perhaps absent. */
interface Claims {
  /** Seconds since 1970. */
  readonly exp?: number;
  readonly sub?: string;
  /** 0 access, 1 refresh, 2 recovery, 3 API key, 5 invitation. */
  readonly type?: number;
  /** 1 user, 2 platform administrator. */
  readonly role?: number;
  readonly verified?: boolean;
}

/** What a JWT says of itself, NOT verified; undefined for what is no JWT, such as a personal access token. */
export function readClaims(token: Secret): Claims | undefined {
  const [, payload, signature] = token.reveal().split('.');
  if (payload === undefined || signature === undefined) return undefined;
  try {
    const claims: unknown = JSON.parse(Buffer.from(payload, 'base64url').toString('utf8'));
    return typeof claims === 'object' && claims !== null ? (claims as Claims) : undefined;
  } catch {
    return undefined;
  }
}
