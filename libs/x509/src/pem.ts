import { invalid, isCertificate, isDer, readPem, toPem } from '@org/domain';
import { DerReader } from './der/read.js';
import { TAG } from './der/tags.js';

export { type PemBlock, readPem, toPem } from '@org/domain';

export const certificatePem = (der: Uint8Array): string => toPem('CERTIFICATE', der);

/**
 * DER of every certificate in a PEM text, or the one certificate given as DER.
 * @throws ProvisionError `certificate_missing`, `certificate_malformed`, and what `readPem` throws
 */
export function readCertificates(input: string | Uint8Array): Buffer[] {
  if (typeof input !== 'string' && isDer(input)) return [Buffer.from(input)];
  const blocks = readPem(input);
  const certificates = blocks.filter(isCertificate);
  if (certificates.length === 0) {
    const found = [...new Set(blocks.map(({ label }) => label))].join(', ');
    throw invalid('certificate_missing', `There is no CERTIFICATE block in this PEM text, only ${found}.`);
  }
  return certificates.map(({ label, der }) => (label.startsWith('TRUSTED ') ? withoutTrust(der) : der));
}

/** OpenSSL writes behind a trusted certificate what it is trusted for, which only OpenSSL reads. */
function withoutTrust(der: Buffer): Buffer {
  try {
    return new DerReader(der).element(TAG.sequence).whole;
  } catch (cause) {
    throw invalid('certificate_malformed', 'This is no X.509 certificate, or a damaged one.', { cause });
  }
}
