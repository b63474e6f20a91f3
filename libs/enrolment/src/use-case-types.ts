import type { DeviceFacts, RevocationReason, Secret } from '@org/domain';
import type { Attempter, PollingCredentials, Enrolment, PendingSelection, Polled } from '@org/code-issuance';
import type { SubjectRule } from '@org/pki';

/** All times are milliseconds since 1970. */

export interface BeginRequest {
  /** PKCS#10, PEM or DER. */
  readonly csr: Uint8Array;
  readonly device: DeviceFacts;
  /** The network address that asks. */
  readonly origin: string;
}

/** An enrolment as its device sees it when it has begun. */
export interface EnrolmentBegun {
  readonly id: string;
  /** As it is to be shown, `XXXX-XXXX`. */
  readonly code: Secret;
  readonly pollingSecret: Secret;
  readonly verificationUrl: string | undefined;
  readonly expiresAt: number;
  readonly lifetimeMs: number;
  readonly intervalMs: number;
  /** Lower-case hex SHA-256 of the SPKI. */
  readonly keyFingerprint: string;
}

export interface EnrolmentPolled extends Omit<Polled, 'enrolment'> {
  /** Who the device is to be; known once approved. */
  readonly machineId: string | undefined;
}

export interface RedeemCall {
  readonly credentials: PollingCredentials;
  /** PKCS#10, PEM or DER. */
  readonly csr: Uint8Array;
  /** For protocols in which a device cannot learn its machine id before it has a certificate. Default: `must_match`. */
  readonly subject?: SubjectRule;
}

/** What a machine proves itself with. */
export interface MachineCredentials {
  readonly machineId: string;
  /** Lower-case hex. */
  readonly serial: string;
  /** DER. */
  readonly certificate: Buffer;
  /** DER each: what stands between the certificate and the root, issuer first; then older roots that are still in use. */
  readonly caBundle: readonly Buffer[];
  /** DER. */
  readonly root: Buffer;
  readonly notAfter: number;
  /** When it would best be renewed. */
  readonly renewAt: number;
}

/** How a device gets its bootstrap configuration. */
interface BootstrapAccess {
  /** Of the bootstrap service, without `/clients/bootstrap`. */
  readonly url: string;
  readonly externalId: string;
  readonly externalKey: Secret;
}

export interface Identity {
  readonly credentials: MachineCredentials;
  /** Undefined where no platform is configured. */
  readonly bootstrap: BootstrapAccess | undefined;
}

/** How a machine shows who it is. */
export type MachineProof =
  /** The client certificate of a TLS connection (whose handshake has shown that the key is there), DER. */
  | { readonly kind: 'tls'; readonly certificate: Uint8Array }
  /** A signature by the certificate's key, see `KeyProof` in `provision/v1/enrolment.proto`. */
  | { readonly kind: 'signature'; readonly certificate: Uint8Array; readonly signature: Uint8Array };

export interface RenewCall {
  /** PKCS#10, PEM or DER. */
  readonly csr: Uint8Array;
  readonly proof: MachineProof;
}

/** Who acts for a domain. */
export interface Operator {
  /** Stable, shown in lists. */
  readonly id: string;
  /** Named in the configuration, so not to be taken for a stranger by the limits. */
  readonly known: boolean;
  /** For the platform; undefined where it is not asked, or the service's own credentials act. */
  readonly token: Secret | undefined;
  /**
   * To be asked before anything is refused, taken back, revoked or re-issued in the domain: that a service with credentials
   * of its own could do it is no right of the caller's.
   *
   * @param machineId whose gateway it is about; its creator may remove it, too
   * @throws ProvisionError forbidden `may_not_remove`
   */
  assertMayRemove(machineId?: string): Promise<void>;
}

export interface LookUpCall extends Pick<Attempter, 'address'> {
  readonly code: Secret;
  readonly operator: Operator;
}

/** Whose enrolment or machine, and the caller. */
export interface EnrolmentRef {
  readonly id: string;
  readonly domainId: string;
  readonly operator: Operator;
}

export interface DropPendingCall {
  readonly operator: Pick<Operator, 'id'>;
  readonly which: PendingSelection;
}

export interface ApproveCall extends EnrolmentRef {
  readonly request: {
    readonly name: string;
    /** A generated one when undefined. */
    readonly externalId?: string;
    /** A generated one when undefined. */
    readonly externalKey?: Secret;
    /** Name of a configured layout; the main one when undefined. */
    readonly layout?: string;
  };
}

/** An enrolment as operators see it. */
export interface EnrolmentView extends Omit<Enrolment, 'approval' | 'commonName' | 'keyFingerprint'> {
  /** Lower-case hex SHA-256 of the SPKI; undefined while a legacy device has not handed in its key. */
  readonly keyFingerprint: string | undefined;
  readonly approvedBy: string | undefined;
  readonly approvedAt: number | undefined;
  /** Known once approved, like the next two. */
  readonly machineId: string | undefined;
  readonly name: string | undefined;
  /** Undefined where no platform is configured. */
  readonly externalId: string | undefined;
}

export interface RevokeCall extends EnrolmentRef {
  readonly reason: RevocationReason;
  /** Whether its gateway is removed from the platform too. */
  readonly removeGateway: boolean;
}

/** What a legacy device is told about its code. */
export type LegacyDeviceAnswer =
  | { readonly state: 'waiting' }
  | { readonly state: 'approved'; readonly machineId: string; readonly ticket: Secret };

export interface LegacyDeviceSignCall {
  /** What the server put into `cert_sign_url`; undefined on the static paths. */
  readonly ticket: Secret | undefined;
  readonly csr: Uint8Array;
  readonly machineId: string;
  readonly requestType: 'Provision' | 'ReIssue';
  readonly address: string;
}
