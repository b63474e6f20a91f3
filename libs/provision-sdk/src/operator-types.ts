import type { DeviceFacts, EnrolmentState, KeyBinding, MachineState } from '@org/domain';

/** A device that asked for a code, and what became of it. */
export interface Enrolment {
  readonly id: string;
  readonly state: EnrolmentState;
  /** `ticket`: a legacy device, which made its code itself and hands its key in last. */
  readonly binding: KeyBinding;
  /** Lower-case hex SHA-256 of the key's SPKI: what to compare with what the device shows. */
  readonly keyFingerprint: string | undefined;
  readonly device: DeviceFacts;
  /** The network address that asked, as the service saw it. */
  readonly origin: string;
  readonly createdAt: Date;
  /** Until when it must be approved. */
  readonly expiresAt: Date;
  /** Whose it is, from the approval or refusal on. */
  readonly domainId: string | undefined;
  readonly approvedBy: string | undefined;
  readonly approvedAt: Date | undefined;
  readonly deniedBy: string | undefined;
  /** Until when the device must fetch its certificate. */
  readonly redeemBy: Date | undefined;
  readonly redeemedAt: Date | undefined;
  readonly finishedAt: Date | undefined;
  /** Who the device is to be; known once approved, like the next two. */
  readonly machineId: string | undefined;
  readonly name: string | undefined;
  /** Undefined where no platform is configured. */
  readonly externalId: string | undefined;
  /** It was denied or expired after its approval, and what that made is still to be removed. */
  readonly removalDue: boolean;
}

export interface Machine {
  /** Common name of its certificates. */
  readonly id: string;
  readonly domainId: string;
  readonly name: string;
  readonly state: MachineState;
  readonly device: DeviceFacts;
  readonly enrolmentId: string;
  readonly binding: KeyBinding;
  readonly approvedBy: string;
  readonly enrolledAt: Date;
  /** When it last showed a certificate. */
  readonly lastSeenAt: Date | undefined;
  /** Renewals with an expired certificate since it last had a valid one. */
  readonly lateRenewals: number;
  /** What its approval made; undefined where no platform is configured, or when it was removed. */
  readonly gateway:
    | {
        readonly runId: string;
        readonly externalId: string;
        readonly clientIds: readonly string[];
        readonly channelIds: readonly string[];
        readonly configurationId: string | undefined;
      }
    | undefined;
  /** An operator requested a new certificate. */
  readonly reissue: { readonly by: string; readonly at: Date } | undefined;
  readonly revocation: { readonly by: string; readonly at: Date; readonly reason: string } | undefined;
  /** What its approval created on the platform is still to be removed. */
  readonly removalDue: boolean;
}

export interface MachineCertificate {
  /** Lower-case hex. */
  readonly serial: string;
  /** `intended`, `unsigned`: recorded, but never handed out. */
  readonly state: 'intended' | 'signed' | 'unsigned' | 'revoked';
  readonly notBefore: Date;
  readonly notAfter: Date;
  /** Lower-case hex SHA-256 of the key's SPKI. */
  readonly keyFingerprint: string;
  /** When the machine first used it. */
  readonly usedAt: Date | undefined;
  readonly revokedAt: Date | undefined;
  readonly revocationReason: string | undefined;
}

export interface MachineWithCertificates extends Machine {
  /** All that it ever had, oldest first. */
  readonly certificates: readonly MachineCertificate[];
}

interface Page {
  readonly total: number;
  readonly offset: number;
  readonly limit: number;
}
export interface EnrolmentsPage extends Page {
  readonly enrolments: readonly Enrolment[];
}
export interface MachinesPage extends Page {
  /** For `after`; absent on the last page. `total` counts 10,000 at most. */
  readonly next?: string;
  readonly machines: readonly Machine[];
}
