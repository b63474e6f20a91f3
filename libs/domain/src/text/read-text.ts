import type { ErrorCode } from '../error-codes.js';
import { ProvisionError } from '../errors.js';

/** Text as it came: bytes that no one has decoded yet, or a string. */
export type RawText = string | Uint8Array;

/** A place in a text, from 1; the column counts UTF-16 code units, as editors do. */
export interface TextPlace {
  readonly line: number;
  readonly column: number;
}

/**
 * Text that a person or another system wrote, ready to be parsed: decoded, without byte order mark, every line ended by
 * LF. Bytes are UTF-8, or UTF-16 where a byte order mark says so, as Windows writes it.
 *
 * @throws ProvisionError `invalid`: `text_encoding` (another encoding, or broken UTF-8), `text_nul`; both say where, with
 * `line` and `column` in `details`. Nothing of the text is in the message.
 */
export function readText(raw: RawText): string {
  const text = typeof raw === 'string' ? raw.replace(/^\uFEFF/, '') : decode(Buffer.from(raw));
  const nul = text.indexOf('\0');
  if (nul >= 0)
    throw refusal(
      'text_nul',
      'it contains a NUL character, as UTF-16 without a byte order mark does; save it as UTF-8',
      placeOf(text.slice(0, nul)),
    );
  return text.includes('\r') ? text.replaceAll(/\r\n?/g, '\n') : text;
}

/**
 * The one line of a file that holds a secret and nothing else. Empty lines at the end do not count: editors and `echo`
 * write them.
 *
 * @throws ProvisionError `invalid`: as `readText`; `text_lines` (more than one line), `text_blanks` (blanks around the
 * line, which may or may not belong to the secret)
 */
export function readLine(raw: RawText): string {
  const line = readText(raw).replace(/\n+$/, '');
  if (line.includes('\n')) throw refusal('text_lines', 'it has several lines where one belongs');
  if (line.trim() !== line)
    throw refusal('text_blanks', 'the line begins or ends with a blank or another invisible character');
  return line;
}

/** A variable's value: `docker --env-file` and shells keep the CR of a file that Windows wrote. */
export const withoutLineEnds = (value: string): string => value.replace(/[\r\n]+$/, '');

interface Mark {
  readonly bytes: Buffer;
  /** Undefined: recognised, and not read. */
  readonly encoding?: 'utf-8' | 'utf-16le' | 'utf-16be';
  readonly name: string;
}

/** The longer ones first: UTF-32LE begins as UTF-16LE does. */
const BYTE_ORDER_MARKS: readonly Mark[] = [
  { bytes: Buffer.of(0xff, 0xfe, 0, 0), name: 'UTF-32' },
  { bytes: Buffer.of(0, 0, 0xfe, 0xff), name: 'UTF-32' },
  { bytes: Buffer.of(0xef, 0xbb, 0xbf), name: 'UTF-8', encoding: 'utf-8' },
  { bytes: Buffer.of(0xff, 0xfe), name: 'UTF-16', encoding: 'utf-16le' },
  { bytes: Buffer.of(0xfe, 0xff), name: 'UTF-16', encoding: 'utf-16be' },
];

function decode(bytes: Buffer): string {
  const mark = BYTE_ORDER_MARKS.find((each) => bytes.subarray(0, each.bytes.length).equals(each.bytes));
  if (mark && !mark.encoding) throw wrongEncoding(`it is ${mark.name}`, { line: 1, column: 1 });
  const content = bytes.subarray(mark?.bytes.length ?? 0);
  try {
    return new TextDecoder(mark?.encoding ?? 'utf-8', { fatal: true, ignoreBOM: true }).decode(content);
  } catch {
    if (mark && mark.encoding !== 'utf-8') throw wrongEncoding('it begins as UTF-16, and is broken');
  }
  throw wrongEncoding('it is not UTF-8', placeOf(validStart(content)));
}

/** What stands before the first octet that is not UTF-8. */
function validStart(bytes: Buffer): string {
  const lossy = bytes.toString('utf8');
  let octets = 0;
  let from = 0;
  for (const { index } of lossy.matchAll(/\uFFFD/g)) {
    octets += Buffer.byteLength(lossy.slice(from, index));
    if (bytes.subarray(octets, octets + 3).toString('latin1') !== '\xef\xbf\xbd')
      return lossy.slice(0, index);
    from = index;
  }
  return lossy;
}

/** Where the character after `text` is. */
function placeOf(text: string): TextPlace {
  const lines = text.split(/\r\n?|\n/);
  return { line: lines.length, column: lines.at(-1)!.length + 1 };
}

const wrongEncoding = (what: string, place?: TextPlace): ProvisionError =>
  refusal('text_encoding', `${what}; save it as UTF-8`, place);

function refusal(code: ErrorCode, what: string, place?: TextPlace): ProvisionError {
  const where = place ? ` (line ${place.line}, column ${place.column})` : '';
  return new ProvisionError({
    kind: 'invalid',
    code,
    message: `The text cannot be read${where}: ${what}.`,
    ...(place && { details: { ...place } }),
  });
}
