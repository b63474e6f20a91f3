import { createHash } from 'node:crypto';
import { type ProvisionError, type Secret, isProvisionError } from '@org/domain';
import {
  type AuthClient,
  type Caller,
  type JwksVerifier,
  type Right,
  isPersonalAccessToken,
  needsVerification,
  tokenTypeOf,
} from '@org/magistrala-sdk';
import { mayNot } from '@org/platform-magistrala';
import { type Platform, callerToken } from '@org/provisioning';
import { readClaims } from './claims.js';
import { badToken, inWireWords, notAllowed, unverifiedUser } from './refusals.js';

/** The platform's users. */
export interface Members {
  /** As `Callers.authenticate`. */
  authenticate(token: Secret): Promise<void>;
  /** @throws ProvisionError as `authenticate`, and `forbidden` unless the caller is a member of the domain */
  member(claim: { readonly token: Secret; readonly domainId: string }): Promise<Member>;
}

export interface Member {
  /** The user's; for a personal access token that no auth service tells about, an id of the token. */
  readonly id: string;
  /**
   * Without an auth service only the right to update one client can be tried out: it stands for the others, then, and
   * what is about the whole domain is for all members.
   *
   * @param clientId the client it is about, whose creator has rights of his own; all of the domain when undefined
   * @throws ProvisionError forbidden, with a code for each right
   */
  assertMay(right: Right, clientId?: string): Promise<void>;
}

interface MembersOptions {
  /** Magistrala's auth service over gRPC: knows all tokens, revoked ones too. */
  readonly auth: AuthClient | undefined;
  /** Verifies on the spot; used where there is no `auth`. */
  readonly jwks: JwksVerifier | undefined;
  /** Judges where neither can: its bootstrap service checks both token and membership. */
  readonly platform: Platform;
  readonly allowUnverifiedUser: boolean;
}

export function createMembers({ auth, jwks, platform, allowUnverifiedUser }: MembersOptions): Members {
  const accepted = (caller: Caller): Caller => {
    if (needsVerification(caller) && !allowUnverifiedUser) throw unverifiedUser();
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
    async member({ token, domainId }) {
      const caller = await identify(token);
      if (auth && caller) {
        if (!(await auth.isMember(caller, domainId))) throw notAllowed();
        return {
          id: caller.userId,
          async assertMay(right, clientId) {
            if (!(await auth.may(caller, right, { domainId, clientId }))) throw mayNot(right);
          },
        };
      }
      const session = platform.open({ domainId, token: callerToken(token) });
      await inWireWords(session.assertMember());
      return {
        id: caller?.userId ?? claimedId(token),
        async assertMay(right, clientId) {
          if (clientId !== undefined) await session.assertMayUpdate(clientId).catch(because(mayNot(right)));
        },
      };
    },
  };
}

/** For `catch`: says another thing of a refusal. */
const because =
  (refusal: ProvisionError) =>
  (error: unknown): never => {
    throw isProvisionError(error) && error.kind === 'forbidden' ? refusal : error;
  };

/** Of a token that the platform has just accepted it holds; of any other it is what the token says of itself. */
export function claimedId(token: Secret): string {
  const { sub } = readClaims(token) ?? {};
  if (typeof sub === 'string' && sub !== '') return sub;
  return `token:${createHash('sha256').update(token.reveal()).digest('hex').slice(0, 16)}`;
}

/** Magistrala takes refresh, recovery and invitation tokens for access tokens (Magistrala wire §1.9); here they are none. */
function refuseOtherTokens(token: Secret): void {
  const claims = readClaims(token);
  if (claims?.type !== undefined && tokenTypeOf(claims.type) === undefined) throw badToken();
}
