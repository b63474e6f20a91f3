import { type Secret, printable } from '@org/domain';
import type { Operator } from '@org/enrolment';
import type { ConfiguredOperator } from '@org/layout-config';
import { type Member, type Members, claimedId } from './members.js';
import { operatorFinder } from './operator-tokens.js';
import { badToken, configuredOperatorsOnly, operatorNeedsCredentials } from './refusals.js';

/** Who is calling, and may they. */
export interface Callers {
  /**
   * Refuses what is known to be no good token, as far as can be told here; the platform judges each call anew.
   *
   * @throws ProvisionError `unauthenticated`; `unavailable` when the service that has to tell does not answer
   */
  authenticate(token: Secret): Promise<void>;
  /** @throws ProvisionError as `authenticate`, and `forbidden` unless the caller is a member of the domain */
  member(claim: Claim): Promise<Member>;
  /**
   * Who acts for a domain: the configured operator whose token it is, in any domain; else a member of this one.
   *
   * @throws ProvisionError as `member`; `forbidden` (`operator_needs_credentials`) for a configured operator where
   *   there is a platform and the service has no credentials of its own for it
   */
  operator(claim: Claim): Promise<CallingOperator>;
  /** The operator of the configuration whose token it is. @throws ProvisionError as `authenticate`; `forbidden` (`configured_operators_only`) */
  configured(token: Secret): Promise<CallingOperator>;
  /**
   * Whose token it is, for logs of what was refused: a configured operator's name; a user's id as the token claims it, which
   * no one has checked; or an id of the token itself.
   */
  nameOf(token: Secret): string;
}

interface Claim {
  readonly token: Secret;
  readonly domainId: string;
}

type CallingOperator = Operator & Member;

interface CallersOptions {
  readonly operators: readonly ConfiguredOperator[];
  /** Undefined without a platform: there are only the configured operators then. */
  readonly members: Members | undefined;
  /** Whether the service has credentials of its own for the platform, with which configured operators act. */
  readonly hasOwnCredentials: boolean;
}

export function createCallers({ operators, members, hasOwnCredentials }: CallersOptions): Callers {
  const operatorOf = operatorFinder(operators);
  const configured = (token: Secret): CallingOperator | undefined => {
    const name = operatorOf(token);
    return name === undefined ? undefined : operating(almighty(name), { known: true, token: undefined });
  };
  const assertConfigured = (token: Secret): CallingOperator => {
    const operator = configured(token);
    if (!operator) throw badToken();
    return operator;
  };
  return {
    nameOf: (token) => configured(token)?.id ?? printable(claimedId(token)).slice(0, LONGEST_NAME),
    authenticate: async (token) =>
      void (members ? await members.authenticate(token) : assertConfigured(token)),
    member: async (claim) => (members ? members.member(claim) : assertConfigured(claim.token)),
    async configured(token) {
      const operator = configured(token);
      if (operator) return operator;
      if (!members) throw badToken();
      await members.authenticate(token);
      throw configuredOperatorsOnly();
    },
    async operator(claim) {
      const { token } = claim;
      if (!members) return assertConfigured(token);
      const operator = configured(token);
      if (operator && !hasOwnCredentials) throw operatorNeedsCredentials();
      return operator ?? operating(await members.member(claim), { known: false, token });
    },
  };
}

/** Characters of what a token claims. */
const LONGEST_NAME = 128;

/** Operators of the configuration may do everything. */
const almighty = (name: string): Member => ({ id: `operator:${name}`, assertMay: async () => undefined });

const operating = (member: Member, facts: Pick<Operator, 'known' | 'token'>): CallingOperator => ({
  ...member,
  ...facts,
  assertMayRemove: (machineId) => member.assertMay('delete_clients', machineId),
});
