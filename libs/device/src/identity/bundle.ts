import { certificatePem, readCertificateBundle, type ParsedCertificate } from '@org/x509';

/** PEM texts of a CA bundle file: PEM, or the JSON array of PEM texts that mecha-agent writes. */
export function bundleTexts(text: string): string[] {
  const trimmed = text.trim();
  if (!trimmed.startsWith('[')) return trimmed === '' ? [] : [trimmed];
  const list: unknown = JSON.parse(trimmed);
  if (Array.isArray(list) && list.every((each) => typeof each === 'string')) return list;
  throw new TypeError('not a list of PEM texts');
}

const REMEMBERED = 32;
const remembered = new Map<string, readonly ParsedCertificate[]>();

/**
 * The certificates in a PEM text, in its order. The same few files are read again and again, and reading a certificate
 * takes milliseconds: the latest texts are remembered with what is in them.
 *
 * @throws ProvisionError `certificate_malformed`, `certificate_missing`, `pem_malformed`
 */
export function certificatesIn(pem: string): readonly ParsedCertificate[] {
  const certificates = remembered.get(pem) ?? readCertificateBundle(pem);
  remembered.delete(pem);
  remembered.set(pem, certificates);
  if (remembered.size > REMEMBERED) remembered.delete(remembered.keys().next().value!);
  return certificates;
}

/** @throws SyntaxError, TypeError, ProvisionError */
export const readBundle = (text: string): ParsedCertificate[] => bundleTexts(text).flatMap(certificatesIn);

/** PEM; the empty text for none. */
export const formatBundle = (certificates: readonly ParsedCertificate[]): string =>
  certificates.map(({ der }) => certificatePem(der)).join('');

/** Each certificate once, the first of them kept. */
export const distinct = (certificates: readonly ParsedCertificate[]): ParsedCertificate[] =>
  [...new Map([...certificates].reverse().map((each) => [each.fingerprint, each])).values()].reverse();

/** Whether two bundles hold the same certificates, in any order; false when one cannot be read. */
export function isSameBundle(one: string, other: string): boolean {
  try {
    return fingerprintsIn(one) === fingerprintsIn(other);
  } catch {
    return false;
  }
}

const fingerprintsIn = (text: string): string =>
  [...new Set(readBundle(text).map(({ fingerprint }) => fingerprint))].sort().join();
