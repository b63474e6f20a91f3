import {
  context,
  DerError,
  DerReader,
  type Element,
  integer,
  OID,
  readExtensions,
  serialHex,
  TAG,
} from '@org/x509/encoding';
import { type Extension } from '@org/x509';

/** Digests that a CertID may use; the names are Node's. */
export type CertIdHash = 'sha1' | 'sha256' | 'sha384' | 'sha512';

/** Which certificate is asked about (RFC 6960 4.1.1). */
export interface CertId {
  /** Undefined: a digest that this responder does not know. */
  readonly hash: CertIdHash | undefined;
  readonly issuerNameHash: Buffer;
  readonly issuerKeyHash: Buffer;
  /** Lower-case hex. */
  readonly serial: string;
  /** DER, to be repeated in the answer. */
  readonly der: Buffer;
}

interface OcspQuestion {
  readonly certIds: readonly CertId[];
  readonly nonce: Buffer | undefined;
}

const HASHES: Readonly<Record<string, CertIdHash>> = {
  [OID.sha1]: 'sha1',
  [OID.sha256]: 'sha256',
  [OID.sha384]: 'sha384',
  [OID.sha512]: 'sha512',
};

export const MAX_OCSP_REQUEST_BYTES = 16 * 1024;
const MAX_CERT_IDS = 100;
/** RFC 9654 2.1: other lengths must be refused. */
const MIN_NONCE = 1;
const MAX_NONCE = 128;

/**
 * Reads an OCSP request, DER. A signature on it is not looked at. Like a CSR it comes from anybody, so it is read by
 * the same strict reader, in microseconds, and its CertIDs can be repeated octet for octet.
 *
 * @returns undefined when it is malformed
 */
export function readOcspRequest(der: Uint8Array): OcspQuestion | undefined {
  if (der.length > MAX_OCSP_REQUEST_BYTES) return undefined;
  try {
    // A copy, as the answer is made later and repeats parts of it.
    return read(Buffer.from(der));
  } catch (error) {
    if (error instanceof DerError) return undefined;
    throw error;
  }
}

/** OCSPRequest and TBSRequest (RFC 6960 4.1.1). */
function read(der: Buffer): OcspQuestion {
  const outer = new DerReader(der);
  const request = outer.enter(TAG.sequence);
  outer.end();
  const content = request.enter(TAG.sequence);
  request.optional(context(0));
  request.end();
  const version = content.optional(context(0));
  if (version && !version.content.equals(VERSION_1)) throw new DerError('another version');
  content.optional(context(1));
  const certIds = readCertIds(content.enter(TAG.sequence));
  const extensions = readOptionalExtensions(content, 2);
  content.end();
  return { certIds, nonce: readNonce(extensions) };
}

const VERSION_1 = integer(0);

function readCertIds(list: DerReader): CertId[] {
  const certIds: CertId[] = [];
  do {
    const request = list.enter(TAG.sequence);
    certIds.push(readCertId(request.element(TAG.sequence)));
    readOptionalExtensions(request, 0);
    request.end();
    if (certIds.length > MAX_CERT_IDS) throw new DerError('too many certificates');
  } while (!list.atEnd);
  return certIds;
}

function readCertId({ whole, content }: Element): CertId {
  const reader = new DerReader(content);
  const algorithm = reader.enter(TAG.sequence);
  const hash = HASHES[algorithm.oid()];
  // The answer repeats all of this, so nothing unread may be in it. SHA-1 mostly has a NULL here.
  if (algorithm.optional(TAG.null)?.content.length) throw new DerError('NULL with content');
  algorithm.end();
  const issuerNameHash = reader.content(TAG.octetString);
  const issuerKeyHash = reader.content(TAG.octetString);
  const serial = reader.integer();
  reader.end();
  if (serial[0]! >= 0x80) throw new DerError('negative serial');
  return { hash, issuerNameHash, issuerKeyHash, serial: serialHex(serial), der: whole };
}

/** `[n] EXPLICIT Extensions OPTIONAL`; none but the nonce may be critical, as no other is understood. */
function readOptionalExtensions(reader: DerReader, n: number): Extension[] {
  const tagged = reader.optional(context(n));
  if (!tagged) return [];
  const inner = new DerReader(tagged.content);
  const extensions = readExtensions(inner.enter(TAG.sequence));
  inner.end();
  if (extensions.some(({ critical, id }) => critical && id !== OID.ocspNonce))
    throw new DerError('critical extension');
  return extensions;
}

/** The extension's value is itself an OCTET STRING (RFC 9654 2.1). */
function readNonce(extensions: readonly Extension[]): Buffer | undefined {
  const extension = extensions.find(({ id }) => id === OID.ocspNonce);
  if (!extension) return undefined;
  const reader = new DerReader(extension.value);
  const nonce = reader.content(TAG.octetString);
  reader.end();
  if (nonce.length < MIN_NONCE || nonce.length > MAX_NONCE)
    throw new DerError('nonce of a length that is not allowed');
  return nonce;
}

/**
 * The request inside the path of an HTTP GET (RFC 6960 A.1): base64, URL-encoded or not.
 * @param path what follows the responder's own address and a slash
 * @returns undefined when it is not base64
 */
export function ocspRequestFromPath(path: string): Buffer | undefined {
  if (path.length > 2 * MAX_OCSP_REQUEST_BYTES) return undefined;
  try {
    const base64 = decodeURIComponent(path);
    return /^[A-Za-z0-9+/]+={0,2}$/.test(base64) ? Buffer.from(base64, 'base64') : undefined;
  } catch {
    return undefined;
  }
}
