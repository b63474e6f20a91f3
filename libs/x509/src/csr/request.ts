import type { DeviceKey } from '../keys/device-key.js';
import type { Extension } from '../certificate/read-extensions.js';

/** One attribute of the subject, in the order of the request. */
export interface SubjectAttribute {
  /** Dotted object identifier of the attribute's type. */
  readonly type: string;
  /** The text; of a value that is none, `#` and its DER in hexadecimal (RFC 4514 2.4). */
  readonly value: string;
}

/** Names in a requested subjectAltName, by kind; all as the request writes them. */
export interface RequestedNames {
  readonly dns: readonly string[];
  readonly uri: readonly string[];
  readonly email: readonly string[];
  /** 4 or 16 octets each. */
  readonly ip: readonly Buffer[];
  /** How many there are of other kinds (directory names, other names …). */
  readonly others: number;
}

/**
 * A certificate request (RFC 2986) whose sender has proven to hold the private key, and whose key is of an allowed
 * kind without a known fault. Only `readCsr` makes these.
 */
export interface CertificateRequest {
  /** The whole request, DER. */
  readonly der: Buffer;
  readonly subject: readonly SubjectAttribute[];
  /** The last CN of the subject, the most specific one; undefined when there is none. */
  readonly commonName: string | undefined;
  /** SubjectPublicKeyInfo, DER, as in the request. */
  readonly publicKey: Buffer;
  readonly key: DeviceKey;
  /** Lower-case hex SHA-256 of `publicKey`. */
  readonly keyFingerprint: string;
  /** Names of the requested subjectAltName. */
  readonly names: RequestedNames;
  /** Everything in the extension request, the subjectAltName included. */
  readonly extensions: readonly Extension[];
}
