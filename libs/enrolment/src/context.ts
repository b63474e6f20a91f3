import type { AttemptStore, CodeIssuance } from '@org/code-issuance';
import type { Clock, IdSource, LeaseKeeper } from '@org/domain';
import type { CertificateStore, Issuer, TrustAnchors } from '@org/pki';
import type { CsrRules } from '@org/x509';
import type { Provisioner } from '@org/provisioning';
import type { MachineStore } from './machines/machine-store.js';
import type { EnrolmentObserver } from './observer.js';

export interface EnrolmentSettings {
  /** Where a person types a code in; shown by devices. */
  readonly verificationUrl: string | undefined;
  /** Of the bootstrap service as devices reach it. */
  readonly bootstrapUrl: string;
  /** How long after its end a certificate may still be renewed: 7 days. */
  readonly renewAfterExpiryMs: number;
  /** How often it may be then: 3 times. */
  readonly maxLateRenewals: number;
  /** Renewals of a machine: 20 a day. */
  readonly maxRenewalsPerDay: number;
  /** How long after an operator's request a legacy device may send `ReIssue`: 10 minutes. */
  readonly reissueWithinMs: number;
}

export interface EnrolmentsOptions {
  readonly codes: CodeIssuance;
  /** Counts renewals; the code store that `codes` has. */
  readonly attempts: AttemptStore;
  readonly machines: MachineStore;
  /** Its first profile is the devices'. */
  readonly issuer: Issuer;
  readonly certificates: CertificateStore;
  readonly anchors: () => TrustAnchors;
  /** Undefined: no platform; machines get a UUID. */
  readonly provisioner: Provisioner | undefined;
  readonly clock: Clock;
  readonly ids: IdSource;
  readonly settings: EnrolmentSettings;
  /** What certificate requests are held to besides `readCsr`'s own rules; none by default. */
  readonly csrRules?: CsrRules;
  readonly observer?: EnrolmentObserver;
  /** Milliseconds between looks for what is overdue or left behind; 5 s by default. */
  readonly upkeepEveryMs?: number;
}

/** What all use cases work with. */
export interface EnrolmentContext extends Required<EnrolmentsOptions> {
  readonly leases: LeaseKeeper;
}
