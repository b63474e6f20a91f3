import { createPrivateKey, generateKeyPair, type KeyObject } from 'node:crypto';
import { promisify } from 'node:util';
import { Secret } from '@org/domain';
import { DerReader } from '../der/read.js';
import { TAG } from '../der/tags.js';
import { invalid } from '../errors.js';
import { toPem } from '../pem.js';
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
 * Reads a private key: PKCS#8 or the older PKCS#1 and SEC1 forms, PEM or DER, encrypted or not.
 *
 * @throws ProvisionError `key_passphrase_required`, `key_passphrase_wrong`, `key_malformed`
 */
export function readPrivateKey(input: string | Uint8Array | Secret, passphrase?: Secret): KeyObject {
  const pem =
    input instanceof Secret ? input.reveal() : typeof input === 'string' ? input : pemOf(Buffer.from(input));
  const encrypted = /-----BEGIN ENCRYPTED PRIVATE KEY-----|^Proc-Type: 4,ENCRYPTED/m.test(pem);
  if (encrypted && passphrase === undefined) {
    throw invalid('key_passphrase_required', 'This private key is encrypted, and no passphrase was given.');
  }
  try {
    return createPrivateKey({ key: pem, passphrase: encrypted ? passphrase?.reveal() : undefined });
  } catch (cause) {
    // A wrong passphrase shows as bad padding or, by chance, as bad ASN.1 behind good padding.
    if (encrypted)
      throw invalid('key_passphrase_wrong', 'The passphrase does not open this private key.', { cause });
    throw invalid('key_malformed', 'This is not a private key in PEM or DER form.', { cause });
  }
}

/** Text stays text; of DER, the first two elements say which of the four forms it is. */
function pemOf(input: Buffer): string {
  if (input[0] !== TAG.sequence) return input.toString('latin1');
  return toPem(derLabel(input), input);
}

function derLabel(der: Buffer): string {
  try {
    const reader = new DerReader(der).enter(TAG.sequence);
    if (reader.nextTag === TAG.sequence) return 'ENCRYPTED PRIVATE KEY';
    reader.integer();
    if (reader.nextTag === TAG.octetString) return 'EC PRIVATE KEY';
    return reader.nextTag === TAG.integer ? 'RSA PRIVATE KEY' : 'PRIVATE KEY';
  } catch (cause) {
    throw invalid('key_malformed', 'This is not a private key in PEM or DER form.', { cause });
  }
}

/**
 * A private key as PKCS#8 PEM, encrypted (PBES2, AES-256-CBC) when there is a passphrase.
 * It is a `Secret` in either case; whoever writes it to a file decides on the file's mode.
 */
export function exportPrivateKey(key: KeyObject, passphrase?: Secret): Secret {
  const encryption = passphrase ? { cipher: 'aes-256-cbc', passphrase: passphrase.reveal() } : {};
  return new Secret(key.export({ type: 'pkcs8', format: 'pem', ...encryption }).toString());
}
