import type { Secret } from '@org/domain';

/** How a device gets its bootstrap configuration. */
export interface BootstrapAccess {
  /** Of Magistrala's bootstrap service, without `/clients/bootstrap`. */
  readonly baseUrl: string;
  readonly externalId: string;
  readonly externalKey: Secret;
  /** Set: the encrypted form is to be used. */
  readonly encryptionKey?: Secret;
}

/** What a server hands out for a certificate request. Nothing of it has been checked. */
export interface Issued {
  /** PEM; the device's certificate first, others may follow. */
  readonly certificate: string;
  /** PEM each: what stands between the device and the root, and roots that vouch for new ones. */
  readonly caBundle: readonly string[];
  /** PEM of one or more roots. */
  readonly root: string;
  readonly bootstrap?: BootstrapAccess;
  /** When the server would like it to be renewed; milliseconds since 1970. */
  readonly renewAt?: number;
}
