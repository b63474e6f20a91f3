import type { ShownCode } from '@org/device';
import { renderUnicodeCompact } from 'uqr';
import { largeText } from './large-text.js';
import { distanceText } from './print.js';

const INDENT = '  ';

/** A code for people: large, with the address to type it in, and that address with the code in it as a QR code. */
export function codeText({ code, address, expiresAt }: ShownCode, now: number): string {
  const parts = [
    `Approve this device with the code ${code}`,
    largeText(code),
    ...(address === undefined ? [] : [`at ${address}`, qrText(addressWith(address, code))]),
    `The code is good until it is used; it ends ${distanceText(expiresAt, now)}.`,
  ];
  return `\n${parts.map((part) => part.replace(/^/gm, INDENT)).join('\n\n')}\n`;
}

/** What opens the page with the code filled in; a page that does not know of it asks for it. */
export function addressWith(address: string, code: string): string {
  const url = URL.parse(address);
  if (!url) return address;
  url.searchParams.set('code', code);
  return url.href;
}

/** White on black whatever the terminal's colours are: not every reader takes one that is inverted. */
function qrText(content: string): string {
  const lines = renderUnicodeCompact(content, { border: 2, ecc: 'L' });
  return process.stdout.hasColors?.() ? lines.replace(/^.*$/gm, '\x1b[97;40m$&\x1b[0m') : lines;
}
