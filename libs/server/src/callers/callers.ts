import { ProvisionError, type Secret } from '@org/domain';
import {
  type AuthClient,
  type Caller,
  type JwksVerifier,
  isPersonalAccessToken,
  needsVerification,
  tokenTypeOf,
} from '@org/magistrala-sdk';
import { type Platform, callerToken } from '@org/provisioning';
import { readClaims } from './claims.js';

/** Who is calling, and may they. */
export interface Callers {
  /**
   * Refuses what is known to be no good token, as far as can be told here; the platform judges each call anew.
   *
   * @throws ProvisionError `unauthenticated`; `unavailable` when whoever has to tell does not answer
   */
  authenticate(token: Secret): Promise<void>;
  /** @throws ProvisionError as `authenticate`, and `forbidden` unless the caller is a member of the domain */
  assertMember(token: Secret, domainId: string): Promise<void>;
}

export interface CallersOptions {
  /** Magistrala's auth service over gRPC: knows all tokens, revoked ones too. */
  readonly auth: AuthClient | undefined;
  /** Verifies on the spot; used where there is no `auth`. */
  readonly jwks: JwksVerifier | undefined;
  /** Judges where neither can: its bootstrap service checks both token and membership. */
  readonly platform: Platform;
  readonly allowUnverifiedUser: boolean;
}

export function createCallers({ auth, jwks, platform, allowUnverifiedUser }: CallersOptions): Callers {
  const accepted = (caller: Caller): Caller => {
    if (needsVerification(caller) && !allowUnverifiedUser)
      throw refused('unverified_user', 'email not verified');
    return caller;
  };
  const identify = async (token: Secret): Promise<Caller | undefined> => {
    if (auth) return accepted(await inWireWords(auth.authenticate(token)));
    // Only the platform can tell what a personal access token is.
    if (isPersonalAccessToken(token.reveal())) return undefined;
    if (jwks) return accepted(await inWireWords(jwks.verify(token)));
    refuseOtherTokens(token);
    return undefined;
  };
  return {
    authenticate: async (token) => void (await identify(token)),
    async assertMember(token, domainId) {
      const caller = await identify(token);
      if (!auth || !caller)
        return inWireWords(platform.open({ domainId, token: callerToken(token) }).assertMember());
      if (await auth.isMember(caller, domainId)) return;
      throw notAllowed();
    },
  };
}

/** Magistrala takes refresh, recovery and invitation tokens for access tokens (wire §1.9); here they are none. */
function refuseOtherTokens(token: Secret): void {
  const claims = readClaims(token);
  if (claims?.type !== undefined && tokenTypeOf(claims.type) === undefined) throw badToken();
}

async function inWireWords<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    const kind = error instanceof ProvisionError ? error.kind : undefined;
    if (kind === 'unauthenticated') throw badToken(error);
    if (kind === 'forbidden' || kind === 'not_found') throw notAllowed(error);
    throw error;
  }
}

const badToken = (cause?: unknown) =>
  refused('invalid_token', 'failed to perform authentication over the entity', cause);

const refused = (code: string, message: string, cause?: unknown) =>
  new ProvisionError({ kind: 'unauthenticated', code, message, cause });

const notAllowed = (cause?: unknown) =>
  new ProvisionError({
    kind: 'forbidden',
    code: 'not_a_member',
    message: 'failed to perform authorization over the entity',
    cause,
  });
