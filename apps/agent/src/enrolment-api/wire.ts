import type { EnrolmentClient, Identity } from '@org/device';

/** What the server says to a machine that shows its certificate. */
export interface CheckedIn {
  /** Milliseconds since 1970, as all times. */
  readonly serverTime: number | undefined;
  /** When the server would like the certificate to be renewed. */
  readonly renewAt: number | undefined;
}

/** A server, whatever it speaks; errors as those of EnrolmentClient. */
export interface Wire extends EnrolmentClient {
  readonly name: 'grpc' | 'http';
  /**
   * Shows a certificate to the server.
   *
   * @returns undefined where the wire has no such call
   */
  checkIn(identity: Identity, signal?: AbortSignal): Promise<CheckedIn | undefined>;
  /**
   * Tells the server that this machine is given up.
   *
   * @returns false where the wire has no such call
   */
  deprovision(identity: Identity, signal?: AbortSignal): Promise<boolean>;
  close(): Promise<void>;
}
