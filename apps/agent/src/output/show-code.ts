import type { ShownCode } from '@org/device';
import { printable } from '@org/domain';
import { renderUnicodeCompact } from 'uqr';
import { largeText } from './large-text.js';
import { distanceText } from './print.js';

const INDENT = '  ';

/**
 * A code for people: where blocks can be shown it is large, and the address to type it in is a QR code, too. The code
 * itself is in no address: those are written to logs and histories.
 */
export function codeText(shown: ShownCode, blocks: boolean): string {
  const code = printable(shown.code);
  const address = shown.address && printable(shown.address);
  const { keyFingerprint, leftMs } = shown;
  const parts = [
    `Approve this device with the code ${code}`,
    ...(blocks ? [largeText(code)] : []),
    ...(address === undefined ? [] : [`at ${address}`, ...(blocks ? [qrText(address)] : [])]),
    ...(keyFingerprint === undefined
      ? []
      : [`only if its key has the fingerprint\n\n${grouped(keyFingerprint)}`]),
    `The code is good until it is used; it ends ${distanceText(leftMs, 0)}.`,
  ];
  return `\n${parts.map((part) => part.replace(/^/gm, INDENT)).join('\n\n')}\n`;
}

/** Four rows of four groups of four, as on the page where it is compared. */
function grouped(fingerprint: string): string {
  const groups = fingerprint.match(/.{1,4}/g) ?? [];
  const rows = [0, 4, 8, 12].map((from) => groups.slice(from, from + 4).join(' '));
  return rows.map((row) => `${INDENT}${row}`).join('\n');
}

/** White on black whatever the terminal's colours are: not every reader takes one that is inverted. */
function qrText(content: string): string {
  const lines = renderUnicodeCompact(content, { border: 2, ecc: 'L' });
  return process.stdout.hasColors?.() ? lines.replace(/^.*$/gm, '\x1b[97;40m$&\x1b[0m') : lines;
}
