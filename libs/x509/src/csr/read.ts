import { invalid, isDer, isPrivateKey, isProvisionError, type PemBlock, readPem } from '@org/domain';
import { DerError, DerReader } from '../der/read.js';
import { context, TAG } from '../der/tags.js';
import { fingerprint } from '../digest.js';
import { readDeviceKey, type DeviceKey, type DeviceKeyAlgorithm } from '../keys/device-key.js';
import { weakness } from '../keys/weak-keys.js';
import { commonNameOf, readSubject } from './directory-string.js';
import { readExtensionRequest, requestedNames } from './extension-request.js';
import { checkProofOfPossession, signatureScheme } from './proof.js';
import type { CertificateRequest } from './request.js';

export interface CsrRules {
  /** Largest input, in octets (of the PEM text, if it is one). Default 16384. */
  readonly maxBytes?: number;
  /** Default: all four. */
  readonly keyAlgorithms?: readonly DeviceKeyAlgorithm[];
}

const DEFAULT_MAX_BYTES = 16 * 1024;

/**
 * Reads a PKCS#10 request, PEM or DER, and checks everything that can be known from it alone, proof of possession last.
 *
 * @throws ProvisionError of kind `invalid`: `csr_too_large`, `csr_not_pem`, `csr_malformed`, `csr_key_unsupported`,
 * `csr_key_size`, `csr_key_exponent`, `csr_key_small_factor`, `csr_key_roca`, `csr_key_close_factors`,
 * `csr_key_small_order`, `csr_key_malformed`, `csr_signature_algorithm`, `csr_signature_invalid`
 */
export function readCsr(input: string | Uint8Array, rules: CsrRules = {}): CertificateRequest {
  const der = toDer(input, rules.maxBytes ?? DEFAULT_MAX_BYTES);
  try {
    return read(der, rules);
  } catch (cause) {
    if (isProvisionError(cause)) throw cause;
    if (!(cause instanceof DerError)) throw cause;
    throw invalid('csr_malformed', `The certificate request is malformed: ${cause.message}.`, { cause });
  }
}

function toDer(input: string | Uint8Array, maxBytes: number): Buffer {
  if (input.length > maxBytes) {
    throw invalid('csr_too_large', `A certificate request may have ${maxBytes} octets at most.`, {
      details: { maxBytes },
    });
  }
  // The request outlives the call, the caller's buffer may not.
  return typeof input !== 'string' && isDer(input) ? Buffer.from(input) : fromPem(input);
}

/** OpenSSL before 1.0 wrote NEW. */
const LABEL = /^(?:NEW )?CERTIFICATE REQUEST$/;

function fromPem(input: string | Uint8Array): Buffer {
  const blocks = pemBlocks(input);
  if (blocks.some(isPrivateKey)) {
    throw notPem(
      'There is a private key beside the request. Send the request alone, and make a new key: this one is no longer secret.',
    );
  }
  const [request, ...more] = blocks.filter(({ label }) => LABEL.test(label));
  if (request && more.length === 0) return request.der;
  const found = blocks
    .map(({ label }) => label)
    .slice(0, 4)
    .join(', ');
  throw notPem(`There must be one PEM block CERTIFICATE REQUEST; there is ${found}.`);
}

function pemBlocks(input: string | Uint8Array): PemBlock[] {
  try {
    return readPem(input);
  } catch (cause) {
    if (!isProvisionError(cause)) throw cause;
    throw notPem(`This is not a certificate request in PEM or DER form: ${cause.message}`, cause);
  }
}

const notPem = (message: string, cause?: unknown) => invalid('csr_not_pem', message, { cause });

function read(der: Buffer, rules: CsrRules): CertificateRequest {
  const outer = new DerReader(der);
  const request = outer.enter(TAG.sequence);
  outer.end();
  const info = request.element(TAG.sequence);
  const content = readInfo(new DerReader(info.content));
  const scheme = signatureScheme(request.enter(TAG.sequence), content.key);
  const signature = request.octetAlignedBits();
  request.end();
  checkKey(content.key, rules);
  checkProofOfPossession({ info: info.whole, publicKey: content.publicKey, scheme, signature });
  return { der, keyFingerprint: fingerprint(content.publicKey), ...content };
}

/** CertificationRequestInfo (RFC 2986 4.1). */
function readInfo(reader: DerReader) {
  const version = reader.integer();
  if (version.length !== 1 || version[0] !== 0) throw new DerError('its version is not 1 (RFC 2986)');
  const subject = readSubject(reader.enter(TAG.sequence));
  const publicKey = reader.element(TAG.sequence).whole;
  // Mandatory by the RFC, left out when empty by some; present and empty from mecha-agent.
  const attributes = reader.optional(context(0));
  reader.end();
  const extensions = attributes ? readExtensionRequest(new DerReader(attributes.content)) : [];
  const key = readDeviceKey(publicKey);
  return {
    subject,
    commonName: commonNameOf(subject),
    publicKey,
    key,
    names: requestedNames(extensions),
    extensions,
  };
}

function checkKey(key: DeviceKey, { keyAlgorithms }: CsrRules): void {
  if (keyAlgorithms && !keyAlgorithms.includes(key.algorithm)) {
    throw invalid('csr_key_unsupported', `The key must be one of ${keyAlgorithms.join(', ')}.`);
  }
  const fault = weakness(key);
  if (fault) throw fault;
}
