import type { Secret } from '@org/domain';
import type { Operator } from '@org/enrolment';
import type { ConfiguredOperator } from '@org/layout-config';
import type { Members } from './members.js';
import { operatorFinder } from './operator-tokens.js';
import { badToken, operatorNeedsCredentials } from './refusals.js';

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
  /**
   * Who acts for a domain: the configured operator whose token it is, in any domain; else a member of this one.
   *
   * @throws ProvisionError as `assertMember`; `forbidden` (`operator_needs_credentials`) for a configured operator where
   *   there is a platform and the service has no credentials of its own for it
   */
  operator(claim: { readonly token: Secret; readonly domainId: string }): Promise<Operator>;
}

export interface CallersOptions {
  readonly operators: readonly ConfiguredOperator[];
  /** Undefined without a platform: there are only the configured operators then. */
  readonly members: Members | undefined;
  /** Whether the service has credentials of its own for the platform, with which configured operators act. */
  readonly hasOwnCredentials: boolean;
}

export function createCallers({ operators, members, hasOwnCredentials }: CallersOptions): Callers {
  const nameOf = operatorFinder(operators);
  const assertConfigured = async (token: Secret) => {
    if (nameOf(token) === undefined) throw badToken();
  };
  return {
    authenticate: members ? (token) => members.authenticate(token) : assertConfigured,
    assertMember: members
      ? async (token, domainId) => void (await members.member(token, domainId))
      : assertConfigured,
    async operator({ token, domainId }) {
      const name = nameOf(token);
      if (name !== undefined) {
        if (members && !hasOwnCredentials) throw operatorNeedsCredentials();
        return {
          id: `operator:${name}`,
          known: true,
          token: undefined,
          assertMayRemove: async () => undefined,
        };
      }
      if (!members) throw badToken();
      return { known: false, token, ...(await members.member(token, domainId)) };
    },
  };
}
