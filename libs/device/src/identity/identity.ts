import { isProvisionError, type ProvisionError, invalid } from '@org/domain';
import { type ParsedCertificate, fingerprint } from '@org/x509';
import { type KeyStore, type StoredKey, findKey } from '../key-store/key-store.js';
import { SLOW_CLOCK_MS } from '../timing/server-clock.js';
import { certificatesIn, distinct, readBundle } from './bundle.js';
import { commonNameOf } from './common-name.js';

/** What a device is, as its files say; the key belongs to the certificate. */
export interface Identity {
  /** The certificate's common name. */
  readonly machineId: string;
  readonly certificate: ParsedCertificate;
  /** What to send along with it. */
  readonly intermediates: readonly ParsedCertificate[];
  readonly roots: readonly ParsedCertificate[];
  readonly key: StoredKey;
  /** Texts as they are on the disk. */
  readonly files: IdentityFiles;
}

interface IdentityFiles {
  readonly cert: string;
  readonly caBundle: string | undefined;
  readonly root: string | undefined;
}

/** - `none`: nothing yet, and no one has asked.
 *  - `enrolling`: a code is waiting for approval, or an answer for being picked up.
 *  - `provisioned`: all is well.
 *  - `not_yet_valid`, `expired`: by the clock given, which may be slow by 5 minutes (`SLOW_CLOCK_MS`).
 *  - `broken`: there is a certificate, and it cannot be used; `problem` says why. */
export type IdentityState = 'none' | 'enrolling' | 'provisioned' | 'not_yet_valid' | 'expired' | 'broken';

/** Whether an enrolment is under way is told apart, as a device may enrol anew while it still has an identity. */
export type IdentityReport = { readonly enrolling: boolean } & (
  | { readonly state: 'none' | 'enrolling'; readonly identity?: undefined; readonly problem?: undefined }
  | {
      readonly state: 'provisioned' | 'not_yet_valid' | 'expired';
      readonly identity: Identity;
      readonly problem?: undefined;
    }
  | { readonly state: 'broken'; readonly identity?: undefined; readonly problem: ProvisionError }
);

/**
 * Puts an identity together from its files and key.
 *
 * @throws ProvisionError of kind `invalid`: `certificate_unreadable`,
 * `certificate_without_name`, `key_missing`, `key_exposed`, `key_unreadable`
 */
export async function readIdentity(
  files: IdentityFiles,
  keys: Pick<KeyStore, 'current' | 'next'>,
): Promise<Identity> {
  const [leaf, ...following] = readable('The certificate', () => certificatesIn(files.cert));
  const bundle = readable('The CA bundle', () => readBundle(files.caBundle ?? ''));
  const roots = readable('The root certificate', () => readBundle(files.root ?? ''));
  const machineId = commonNameOf(leaf!);
  if (machineId === undefined)
    throw invalid('certificate_without_name', 'The certificate on the disk has no common name.');
  const key = await findKey(keys, fingerprint(leaf!.publicKey));
  if (key === undefined) {
    throw invalid(
      'key_missing',
      'The private key that belongs to the certificate is missing. Restore it, or deprovision this device and enrol it again.',
    );
  }
  return {
    machineId,
    certificate: leaf!,
    intermediates: distinct([...following, ...bundle]),
    roots,
    key,
    files,
  };
}

/** @throws ProvisionError `invalid` (`certificate_unreadable`) */
export function readable<T>(what: string, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    throw invalid('certificate_unreadable', `${what} on the disk cannot be read.`, { cause });
  }
}

/** @param now milliseconds since 1970 */
export async function reportIdentity(
  files: Partial<IdentityFiles>,
  { keys, enrolling, now }: { readonly keys: KeyStore; readonly enrolling: boolean; readonly now: number },
): Promise<IdentityReport> {
  const { cert, caBundle, root } = files;
  if (cert === undefined) return { state: enrolling ? 'enrolling' : 'none', enrolling };
  try {
    const identity = await readIdentity({ cert, caBundle, root }, keys);
    const { notBefore, notAfter } = identity.certificate;
    // A validity ends with the last of its seconds (RFC 5280 4.1.2.5).
    const early = now < notBefore - SLOW_CLOCK_MS;
    const state = early ? 'not_yet_valid' : now > notAfter + 999 ? 'expired' : 'provisioned';
    return { state, identity, enrolling };
  } catch (error) {
    if (isProvisionError(error) && error.kind === 'invalid')
      return { state: 'broken', problem: error, enrolling };
    throw error;
  }
}
