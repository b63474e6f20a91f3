import type { RevocationReason } from '@org/domain';
import type { LogEntry, LogHead } from '../log/issuance-log.js';

/** All times are milliseconds since 1970; serials and fingerprints are lower-case hex. */

/** What is written down before anything is signed. */
export interface IssuanceIntent {
  readonly serial: string;
  /** Subject key identifier of the issuing authority, lower-case hex. */
  readonly issuerId: string;
  /** Name of the profile. */
  readonly profile: string;
  readonly machineId: string;
  /** SHA-256 of the SPKI. */
  readonly keyFingerprint: string;
  readonly notBefore: number;
  readonly notAfter: number;
  /** The to-be-signed certificate, DER. */
  readonly tbs: Buffer;
  readonly recordedAt: number;
}

export interface SignedCertificate {
  readonly serial: string;
  /** DER. */
  readonly certificate: Buffer;
  /** SHA-256 of `certificate`. */
  readonly fingerprint: string;
  readonly at: number;
}

export interface Revocation {
  readonly serial: string;
  readonly reason: RevocationReason;
  readonly at: number;
}

/**
 * - `intended`: recorded; signed perhaps, but the signature was not recorded, so no one was given it.
 * - `signed`: recorded and given out.
 * - `unsigned`: an intent that was given up. Counts as revoked, in case a signature exists somewhere.
 * - `revoked`.
 */
export type CertificateState = 'intended' | 'signed' | 'unsigned' | 'revoked';

export interface CertificateRecord extends IssuanceIntent {
  readonly state: CertificateState;
  readonly certificate: Buffer | undefined;
  readonly fingerprint: string | undefined;
  /** When the certificate was first seen in use. */
  readonly usedAt: number | undefined;
  /** For the states `unsigned` and `revoked`. */
  readonly revocation: { readonly at: number; readonly reason: RevocationReason } | undefined;
}

/** Conditions that all hold; none: every record. */
export interface CertificateQuery {
  readonly machineId?: string;
  readonly profile?: string;
  readonly issuerId?: string;
  readonly fingerprint?: string;
  readonly keyFingerprint?: string;
  readonly state?: CertificateState;
  /** notAfter is before this time. */
  readonly expiresBefore?: number;
  /** notAfter is this time or later. */
  readonly expiresFrom?: number;
  /** `recordedAt` is before this time. */
  readonly recordedBefore?: number;
  /** `next` of the page before. */
  readonly after?: string;
  /** 1 to 1000, default 100. */
  readonly limit?: number;
}

export interface CertificatePage {
  /** In the order in which they were recorded. */
  readonly records: readonly CertificateRecord[];
  /** Present when there may be more. */
  readonly next?: string;
}

export interface RevokedEntry {
  readonly serial: string;
  readonly at: number;
  readonly reason: RevocationReason;
}

export interface RevokedQuery {
  /** Only certificates with a notAfter of this time or later. */
  readonly expiresFrom: number;
  /** `next` of the page before. */
  readonly after?: string;
  /** Default 1000. */
  readonly limit?: number;
}

export interface RevokedPage {
  /** By notAfter, then in the order in which the certificates were recorded. */
  readonly entries: readonly RevokedEntry[];
  /** Present when there may be more. */
  readonly next?: string;
}

export interface StoredCrl {
  readonly issuerId: string;
  /** 1, 2, 3 … for each issuer. */
  readonly number: number;
  /** `revocationCount` of the issuer when the list was made; a higher count now means that it is out of date. */
  readonly revocationCount: number;
  readonly thisUpdate: number;
  readonly nextUpdate: number;
  readonly der: Buffer;
}

export type CrlFacts = Omit<StoredCrl, 'der'>;

/**
 * Where certificates are on record. Each call is one transaction: all of it or nothing, durable when it resolves.
 * The calls that change a certificate's state also append to the issuance log in the same transaction, with
 * `appendToLog` after the log's last entry, one writer at a time.
 *
 * `certificateStoreContract` in `@org/pki/testing` checks an implementation.
 */
export interface CertificateStore {
  /**
   * Logs each as `intended`.
   * @throws ProvisionError conflict `serial_taken`: a serial is on record, whatever became of it; nothing is recorded
   */
  recordIntents(intents: readonly IssuanceIntent[]): Promise<void>;

  /**
   * Turns `intended` into `signed`, and logs each so. Recording the same certificate again changes nothing.
   * @throws ProvisionError conflict `not_intended`: a serial is not on record, or given up, or revoked; nothing is recorded
   */
  recordSigned(signed: readonly SignedCertificate[]): Promise<void>;

  /**
   * Turns `intended` into `unsigned`, and logs each so; others are left alone. The reason of the revocation that the
   * record then has is `unspecified`.
   * @returns the serials that were changed
   */
  recordUnsigned(serials: readonly string[], at: number): Promise<string[]>;

  /**
   * Turns `intended` and `signed` into `revoked`, and logs each so; others are left alone, so the first reason stays.
   * @returns the serials that were changed
   */
  recordRevoked(revocations: readonly Revocation[]): Promise<string[]>;

  /** Notes the first use of a certificate; later uses change nothing. Not logged. */
  recordUsed(serial: string, at: number): Promise<void>;

  /** Unknown serials are left out; in no particular order. */
  find(serials: readonly string[]): Promise<CertificateRecord[]>;

  list(query: CertificateQuery): Promise<CertificatePage>;

  /**
   * How many certificates of a profile end within spans of time: for metrics. Only `signed` ones count, so neither those
   * that were revoked nor those that a newer one took the place of.
   * @param bounds milliseconds since 1970, ascending
   * @returns for each two bounds in a row, how many have `bounds[n] <= notAfter < bounds[n + 1]`
   */
  countEnding(profile: string, bounds: readonly number[]): Promise<number[]>;

  /** How many of the issuer's certificates were ever revoked or given up; never falls. */
  revocationCount(issuerId: string): Promise<number>;

  /** The issuer's `revoked` and `unsigned` certificates. */
  listRevoked(issuerId: string, query: RevokedQuery): Promise<RevokedPage>;

  /** The CRL with the highest number. */
  latestCrl(issuerId: string): Promise<StoredCrl | undefined>;

  /** The same without its DER, which may have megabytes. */
  latestCrlFacts(issuerId: string): Promise<CrlFacts | undefined>;

  /** @returns false, and saves nothing, unless its number is one more than the latest: another replica was faster */
  saveCrl(crl: StoredCrl): Promise<boolean>;

  /** The log's last entry; `EMPTY_LOG` when there is none. */
  logHead(): Promise<LogHead>;

  /** Log entries after number `seq`, in order. @param limit 1 to 10000 */
  logAfter(seq: number, limit: number): Promise<LogEntry[]>;
}
