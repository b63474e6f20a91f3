import { ProvisionError } from '../errors.js';
import { type RawText, readText } from './read-text.js';

export interface PemBlock {
  /** What stands between `BEGIN` and the dashes, such as `CERTIFICATE`. */
  readonly label: string;
  readonly der: Buffer;
  /** Header lines (RFC 1421 4.4), as of OpenSSL's older encrypted keys; undefined when there are none. */
  readonly headers?: string;
}

const MAX_CHARACTERS = 4 * 1024 * 1024;
/** A system's whole bundle of roots has some 150. */
const MAX_BLOCKS = 1024;

const BEGIN = /-----BEGIN ([A-Z0-9 ]{1,64})-----/;
const BLANK_LINE = /\n[ \t]*\n/;
const BLANKS = /[ \t\n\v\f]+/g;
const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/;

/** One block, 64 columns, LF, with a final newline (RFC 7468). */
export function toPem(label: string, der: Uint8Array, headers?: string): string {
  const lines =
    Buffer.from(der)
      .toString('base64')
      .match(/.{1,64}/g) ?? [];
  const body = [...(headers === undefined ? [] : [headers, '']), ...lines].join('\n');
  return `-----BEGIN ${label}-----\n${body}\n-----END ${label}-----\n`;
}

/**
 * Every block in a text, by the lax grammar of RFC 7468 §3: any line ends, blanks anywhere, even all in one line. What
 * stands around the blocks is ignored, in whatever encoding it is.
 *
 * @throws ProvisionError `invalid`: `pem_malformed` (a block without end or whose content is not base64, or no block at
 * all), `pem_too_large`
 */
export function readPem(raw: RawText): PemBlock[] {
  if (raw.length > MAX_CHARACTERS) throw tooLarge(`${MAX_CHARACTERS} characters`);
  const text = lettersOf(raw).replaceAll(/\r\n?/g, '\n');
  const blocks: PemBlock[] = [];
  const begins = new RegExp(BEGIN, 'g');
  for (let begin = begins.exec(text); begin; begin = begins.exec(text)) {
    if (blocks.length === MAX_BLOCKS) throw tooLarge(`${MAX_BLOCKS} blocks`);
    const label = begin[1]!;
    const last = `-----END ${label}-----`;
    const end = text.indexOf(last, begins.lastIndex);
    // Going on to the next block would make a text of nothing but beginnings cost its length squared.
    if (end < 0) throw malformed(`The PEM block "${label}" does not end with ${last}.`);
    blocks.push({ label, ...contentOf(label, text.slice(begins.lastIndex, end)) });
    begins.lastIndex = end + last.length;
  }
  if (blocks.length === 0) throw malformed('There is no PEM block here (-----BEGIN …-----).');
  return blocks;
}

/** PEM itself is ASCII: every octet may stand for a character, so that text around blocks cannot be in the wrong encoding. */
function lettersOf(raw: RawText): string {
  if (typeof raw === 'string') return raw;
  const isUtf16 = (raw[0] === 0xff && raw[1] === 0xfe) || (raw[0] === 0xfe && raw[1] === 0xff);
  return isUtf16 ? readText(raw) : Buffer.from(raw).toString('latin1');
}

function contentOf(label: string, body: string): Omit<PemBlock, 'label'> {
  const [headers, encoded] = apart(body);
  const base64 = encoded.replaceAll(BLANKS, '');
  const der = Buffer.from(base64, 'base64');
  if (!BASE64.test(base64)) throw malformed(`The PEM block "${label}" is not base64.`);
  // Comparing the way back finds lengths and trailing bits that Node's decoder forgives.
  if (der.toString('base64') !== base64)
    throw malformed(`The base64 in the PEM block "${label}" is cut short or damaged.`);
  return headers === undefined ? { der } : { der, headers };
}

/** Headers end with an empty line; no base64 has a colon. */
function apart(body: string): [headers: string | undefined, encoded: string] {
  const text = body.trimStart();
  const gap = text.includes(':') ? BLANK_LINE.exec(text) : null;
  if (!gap) return [undefined, body];
  const headers = text
    .slice(0, gap.index)
    .split('\n')
    .map((line) => line.trimEnd());
  return [headers.join('\n'), text.slice(gap.index)];
}

/** RFC 7468 §5, and what OpenSSL calls certificates as well; a trusted one has more behind its DER. */
const CERTIFICATE_LABELS = ['CERTIFICATE', 'X509 CERTIFICATE', 'TRUSTED CERTIFICATE'];

export const isCertificate = ({ label }: PemBlock): boolean => CERTIFICATE_LABELS.includes(label);

/** PKCS#8, encrypted or not, and the older kinds: `RSA PRIVATE KEY`, `EC PRIVATE KEY`. */
export const isPrivateKey = ({ label }: PemBlock): boolean => /(?:^| )PRIVATE KEY$/.test(label);

/** Whether octets are one DER SEQUENCE rather than text, which may begin with the same octet: "0". */
export function isDer(bytes: Uint8Array): boolean {
  const [tag, length] = bytes;
  return tag === 0x30 && length !== undefined && (length > 0x80 || length + 2 === bytes.length);
}

const malformed = (message: string) =>
  new ProvisionError({ kind: 'invalid', code: 'pem_malformed', message });

const tooLarge = (limit: string) =>
  new ProvisionError({
    kind: 'invalid',
    code: 'pem_too_large',
    message: `The PEM text has more than ${limit}.`,
  });
