import { invalid } from './errors.js';

export interface PemBlock {
  /** What stands between `BEGIN` and the dashes, such as `CERTIFICATE`. */
  readonly label: string;
  readonly der: Buffer;
}

// [^-] cannot run past the block's end, so a file of a million dashes costs no more than its length.
const BLOCK = /-----BEGIN ([A-Z0-9 ]{1,64})-----\r?\n([^-]*)-----END \1-----/g;
const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/;

/** One block, 64 columns, LF, with a final newline (RFC 7468). */
export function toPem(label: string, der: Uint8Array): string {
  const lines =
    Buffer.from(der)
      .toString('base64')
      .match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`;
}

export const certificatePem = (der: Uint8Array): string => toPem('CERTIFICATE', der);

/**
 * Every block in a text; what stands between blocks is ignored (RFC 7468 §2).
 * @throws ProvisionError `pem_malformed` (a block whose content is not base64, or no block at all)
 */
export function readPem(text: string): PemBlock[] {
  const blocks = [...text.matchAll(BLOCK)].map(([, label, body]) => {
    const base64 = body!.replace(/\s+/g, '');
    const der = Buffer.from(base64, 'base64');
    // Comparing the way back finds lengths and trailing bits that Node's decoder forgives.
    if (!BASE64.test(base64) || der.toString('base64') !== base64) {
      throw invalid('pem_malformed', `The PEM block "${label}" is not base64.`);
    }
    return { label: label!, der };
  });
  if (blocks.length === 0) throw invalid('pem_malformed', 'There is no PEM block here (-----BEGIN …-----).');
  return blocks;
}

/** DER of every certificate in a PEM text, or the one certificate given as DER. */
export function readCertificates(input: string | Uint8Array): Buffer[] {
  if (typeof input !== 'string' && input[0] === 0x30) return [Buffer.from(input)];
  const text = typeof input === 'string' ? input : Buffer.from(input).toString('latin1');
  const certificates = readPem(text).filter(({ label }) => label === 'CERTIFICATE');
  if (certificates.length === 0)
    throw invalid('certificate_missing', 'There is no CERTIFICATE block in this PEM text.');
  return certificates.map(({ der }) => der);
}
