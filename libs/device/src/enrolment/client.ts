import type { Secret } from '@org/domain';
import type { Identity } from '../identity/identity.js';
import type { Issued } from '../identity/issued.js';

/** What a device says of itself, for the operator to compare. */
export interface DeviceDescription {
  readonly model?: string;
  readonly serial?: string;
  readonly hostname?: string;
  /** A network address, as the device sees it. */
  readonly address?: string;
}

export interface BeginRequest {
  /** PEM. Its subject is empty: the server says who the device will be. */
  readonly csr: string;
  /** Lower-case hex SHA-256 of the public key. */
  readonly keyFingerprint: string;
  readonly device: DeviceDescription;
  readonly signal?: AbortSignal;
}

/** An enrolment that has begun. */
export interface PendingEnrolment {
  /** For people. */
  readonly code: string;
  /** For the device's own questions; undefined on wires where the code is all there is. */
  readonly secret?: Secret;
  /** Where to type the code in, to be shown with it. */
  readonly address?: string;
  /** How long from now the code can be approved, in milliseconds. */
  readonly lifetimeMs: number;
  /** Between two polls, in milliseconds. */
  readonly intervalMs: number;
}

/** What the server said with its approval; kept so that the rest can be repeated. */
export interface Grant {
  /** Undefined: the certificate will say it. */
  readonly machineId?: string;
  /** Where to send the certificate request, on wires where the server says so. */
  readonly signUrl?: string;
}

export type Poll =
  | { readonly state: 'pending'; /** From now on, in milliseconds. */ readonly intervalMs?: number }
  | { readonly state: 'approved'; readonly grant: Grant }
  | { readonly state: 'denied' }
  | { readonly state: 'expired' };

export interface RedeemRequest {
  readonly begun: PendingEnrolment;
  readonly grant: Grant;
  /** PEM; the subject is the machine id where that is known. */
  readonly csr: string;
  readonly signal?: AbortSignal;
}

export interface RenewRequest {
  /** The identity up to now; its key can sign, and with its certificate make a TLS connection. */
  readonly identity: Identity;
  /** PEM, for the new key. */
  readonly csr: string;
  /** The certificate is no longer valid: only what a server allows for that can help. */
  readonly expired: boolean;
  readonly signal?: AbortSignal;
}

/**
 * A server that enrols devices, whatever the wire. Errors are ProvisionErrors; `unavailable` and `ambiguous` mean that
 * the same call may be repeated (with the same key it gives the same certificate). Of the others, a refusal is what the
 * server itself has answered (`isRefusal`); what goes wrong on the device is for people to mend, and refuses nothing. A
 * pause that the server asks for is the error's `retryAfterMs`, or its `details.retryAfterMs`.
 */
export interface EnrolmentClient {
  /** Whether the server is there, and its time of day where it says so (milliseconds since 1970). */
  ping(signal?: AbortSignal): Promise<{ readonly serverTime?: number }>;
  begin(request: BeginRequest): Promise<PendingEnrolment>;
  /** Takes a code that someone else made, on wires that allow it. */
  adopt?(code: string): PendingEnrolment;
  poll(begun: PendingEnrolment, signal?: AbortSignal): Promise<Poll>;
  /**
   * Waits until the state is another than pending, on wires where the server says so by itself.
   *
   * @returns false when it cannot tell: ask at the usual pace
   */
  awaitChange?(begun: PendingEnrolment, signal?: AbortSignal): Promise<boolean>;
  redeem(request: RedeemRequest): Promise<Issued>;
  renew(request: RenewRequest): Promise<Issued>;
}
