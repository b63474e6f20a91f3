import type { DeviceFacts, EnrolmentState, Lease, Secret } from '@org/domain';
import type { Enrolment } from './enrolment/record.js';

export interface BeginRequest {
  /** SHA-256 of the device's SPKI, base64url. That the device has the key is for the caller to check. */
  readonly keyFingerprint: string;
  readonly device?: DeviceFacts;
  /** That the device's certificate request asks for; the caller may accept it again at the redemption. */
  readonly commonName?: string;
  /** The network address that asks. */
  readonly origin: string;
}

export interface StartedEnrolment {
  readonly id: string;
  /** As it is to be shown, `XXXX-XXXX`; `XXXXX-XXXXX` while many wait. */
  readonly code: Secret;
  /** For `poll` and `redeem`; the device tells no one. */
  readonly pollingSecret: Secret;
  /** Milliseconds since 1970. */
  readonly expiresAt: number;
  /** How long the device waits between polls. */
  readonly intervalMs: number;
}

export interface PollingCredentials {
  readonly pollingSecret: Secret;
  /** Checked too where a protocol carries it. */
  readonly code?: Secret;
}

export interface Polled {
  /** As the device needs to know it: what goes on behind `pending` and `approved` is not its business. */
  readonly state: Exclude<EnrolmentState, 'approving' | 'redeeming'>;
  /** The device asked too soon, and must wait `intervalMs` from now on (RFC 8628 §3.5). */
  readonly slowDown: boolean;
  readonly intervalMs: number;
  readonly enrolment: Enrolment;
}

/** What an approval asks of its caller. */
export type Held =
  /**
   * Do what the payload says, then `completeApproval`; `releaseApproval` when it came to nothing, or `endLease` when no one
   * knows: then the next caller goes on with it.
   */
  | {
      readonly step: 'carry_out';
      /** `approval.payload` is the first holder's, also when this call brought another. */
      readonly enrolment: Enrolment;
      readonly lease: Lease;
      /** An earlier attempt ended in the middle: some of it may be done. */
      readonly resumed: boolean;
    }
  /** Approved before, in this domain. */
  | { readonly step: 'done'; readonly enrolment: Enrolment };

export interface EnrolmentPage {
  readonly total: number;
  readonly enrolments: readonly Enrolment[];
}

export interface PendingPage {
  readonly origin?: string;
  readonly offset: number;
  readonly limit: number;
}

export type PendingSelection =
  | { readonly ids: readonly string[] }
  /** An IP address or a network, as for `listPending`. */
  | { readonly origin: string }
  | { readonly all: true };
