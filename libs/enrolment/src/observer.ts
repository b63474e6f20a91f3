import type { RevocationReason } from '@org/domain';
import type { PendingSelection } from '@org/code-issuance';

/** Which enrolment something is about. */
export interface EnrolmentFacts {
  readonly enrolmentId: string;
  /** Undefined until an operator has decided. */
  readonly domainId: string | undefined;
}

export interface MachineFacts {
  readonly machineId: string;
  readonly domainId: string;
}

/** What logs and metrics want to know; no event holds a code or a secret. Must not throw. */
export interface EnrolmentObserver {
  begun?(facts: EnrolmentFacts & { readonly origin: string }): void;
  approved?(
    facts: EnrolmentFacts & {
      readonly machineId: string;
      readonly by: string;
      /** It was taken up again after its process had died. */
      readonly resumed: boolean;
    },
  ): void;
  denied?(facts: EnrolmentFacts & { readonly by: string }): void;
  expired?(facts: EnrolmentFacts): void;
  /** An operator ended the wait of so many. */
  dropped?(facts: { readonly by: string; readonly count: number; readonly which: PendingSelection }): void;
  redeemed?(facts: EnrolmentFacts & MachineFacts & { readonly serial: string }): void;
  renewed?(
    facts: MachineFacts & {
      readonly serial: string;
      /** `renewal` by the machine itself, `late` with an expired certificate, `reissue` by a legacy device. */
      readonly how: 'renewal' | 'late' | 'reissue';
    },
  ): void;
  reissueAsked?(facts: MachineFacts & { readonly by: string }): void;
  /** A device came with a certificate of this authority that is not on record: it is newer than a restored backup. */
  notRecorded?(facts: { readonly serial: string; readonly subject: string }): void;
  revoked?(facts: MachineFacts & { readonly by: string; readonly reason: RevocationReason }): void;
  /** Runs a piece of upkeep, once, and lets its outcome through: for traces. */
  within?<T>(what: string, id: string, work: () => Promise<T>): Promise<T>;
  /** A failure of the machinery itself: upkeep that has to be tried again. */
  trouble?(what: string, error: unknown): void;
}
