import { createPrivateKey, generateKeyPair, type KeyObject } from 'node:crypto';
import { promisify } from 'node:util';
import {
  invalid,
  isDer,
  isPrivateKey,
  type PemBlock,
  type ProvisionError,
  readPem,
  Secret,
  toPem,
} from '@org/domain';
import { DerReader } from '../der/read.js';
import { TAG } from '../der/tags.js';
import type { AuthorityKeyAlgorithm } from './algorithm.js';

const generate = promisify(generateKeyPair);

/** A new private key from the system's random source. */
export async function generateKey(algorithm: AuthorityKeyAlgorithm = 'P-256'): Promise<KeyObject> {
  switch (algorithm) {
    case 'P-256':
    case 'P-384':
      return (await generate('ec', { namedCurve: algorithm })).privateKey;
    case 'RSA-3072':
      return (await generate('rsa', { modulusLength: 3072 })).privateKey;
    case 'Ed25519':
      return (await generate('ed25519')).privateKey;
  }
}

/**
 * Reads a private key: PKCS#8 or the older PKCS#1 and SEC1 forms, PEM or DER, encrypted or not. Of several blocks in a PEM
 * text, such as `EC PARAMETERS` or certificates, the first that is a private key counts.
 *
 * @throws ProvisionError `key_passphrase_required`, `key_passphrase_wrong`, `key_cipher_unsupported`, `key_malformed`
 */
export function readPrivateKey(input: string | Uint8Array | Secret, passphrase?: Secret): KeyObject {
  const { label, der, headers } = blockOf(input instanceof Secret ? input.reveal() : input);
  const encrypted = label === 'ENCRYPTED PRIVATE KEY' || /^Proc-Type: *4, *ENCRYPTED/m.test(headers ?? '');
  if (encrypted && passphrase === undefined) {
    throw invalid('key_passphrase_required', 'This private key is encrypted, and no passphrase was given.');
  }
  try {
    const key = toPem(label, der, headers);
    return createPrivateKey({ key, passphrase: encrypted ? passphrase?.reveal() : undefined });
  } catch (cause) {
    throw encrypted
      ? notOpened(cause)
      : malformed(`The block "${label}" is damaged, or a kind of key that cannot be read.`, cause);
  }
}

/** A wrong passphrase shows as bad padding or, by chance, as bad ASN.1 behind good padding. */
function notOpened(cause: unknown): ProvisionError {
  if ((cause as NodeJS.ErrnoException).code === 'ERR_OSSL_EVP_UNSUPPORTED') {
    return invalid(
      'key_cipher_unsupported',
      'This private key is encrypted in an old way that is not supported; encrypt it anew with "openssl pkcs8 -topk8".',
      { cause },
    );
  }
  return invalid('key_passphrase_wrong', 'The passphrase does not open this private key.', { cause });
}

/** Of DER, the first two elements say which of the four forms it is. */
function blockOf(input: string | Uint8Array): PemBlock {
  if (typeof input !== 'string' && isDer(input)) {
    const der = Buffer.from(input);
    return { label: derLabel(der), der };
  }
  const blocks = pemBlocks(input);
  const key = blocks.find(isPrivateKey);
  if (key) return key;
  const found = [...new Set(blocks.map(({ label }) => label))].join(', ');
  throw malformed(`There is no private key in this PEM text, only ${found}.`);
}

function pemBlocks(input: string | Uint8Array): PemBlock[] {
  try {
    return readPem(input);
  } catch (cause) {
    throw malformed(`This is not a private key in PEM or DER form: ${(cause as Error).message}`, cause);
  }
}

const malformed = (message: string, cause?: unknown): ProvisionError =>
  invalid('key_malformed', message, { cause });

function derLabel(der: Buffer): string {
  try {
    const reader = new DerReader(der).enter(TAG.sequence);
    if (reader.nextTag === TAG.sequence) return 'ENCRYPTED PRIVATE KEY';
    reader.integer();
    if (reader.nextTag === TAG.octetString) return 'EC PRIVATE KEY';
    return reader.nextTag === TAG.integer ? 'RSA PRIVATE KEY' : 'PRIVATE KEY';
  } catch (cause) {
    throw malformed('This is not a private key in PEM or DER form.', cause);
  }
}

/**
 * A private key as PKCS#8 PEM, encrypted (PBES2, AES-256-CBC) when there is a passphrase.
 * It is a `Secret` in either case; the caller that writes it to a file decides on the file's mode.
 */
export function exportPrivateKey(key: KeyObject, passphrase?: Secret): Secret {
  const encryption = passphrase ? { cipher: 'aes-256-cbc', passphrase: passphrase.reveal() } : {};
  return new Secret(key.export({ type: 'pkcs8', format: 'pem', ...encryption }).toString());
}
