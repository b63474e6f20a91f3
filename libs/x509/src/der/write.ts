import { context, TAG } from './tags.js';

/** One element: tag, shortest length, and the parts one after the other (X.690 10.1). */
export function tlv(tag: number, ...parts: readonly Uint8Array[]): Buffer {
  let length = 0;
  for (const part of parts) length += part.length;
  const lengthOctets =
    length < 0x80 ? 0 : length < 0x100 ? 1 : length < 0x10000 ? 2 : length < 0x1000000 ? 3 : 4;
  const out = Buffer.allocUnsafe(2 + lengthOctets + length);
  out[0] = tag;
  if (lengthOctets === 0) out[1] = length;
  else {
    out[1] = 0x80 | lengthOctets;
    out.writeUIntBE(length, 2, lengthOctets);
  }
  let at = 2 + lengthOctets;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

export const sequence = (...parts: readonly Uint8Array[]): Buffer => tlv(TAG.sequence, ...parts);
export const set = (...parts: readonly Uint8Array[]): Buffer => tlv(TAG.set, ...parts);
export const explicit = (n: number, ...parts: readonly Uint8Array[]): Buffer => tlv(context(n), ...parts);
export const octetString = (bytes: Uint8Array): Buffer => tlv(TAG.octetString, bytes);
export const nullValue = (): Buffer => tlv(TAG.null);
export const trueValue = (): Buffer => tlv(TAG.boolean, Buffer.of(0xff));
export const enumerated = (value: number): Buffer => tlv(TAG.enumerated, Buffer.of(value));

/** A non-negative INTEGER from its big-endian octets, however many zeros these begin with. */
export function integerOf(octets: Uint8Array): Buffer {
  let start = 0;
  while (start < octets.length - 1 && octets[start] === 0) start += 1;
  const shortest = octets.length === 0 ? Buffer.of(0) : octets.subarray(start);
  return shortest[0]! & 0x80 ? tlv(TAG.integer, Buffer.of(0), shortest) : tlv(TAG.integer, shortest);
}

/** A non-negative INTEGER. */
export function integer(value: number): Buffer {
  const hex = value.toString(16);
  return integerOf(Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, 'hex'));
}

/** A BIT STRING of whole octets. */
export const bitString = (bytes: Uint8Array): Buffer => tlv(TAG.bitString, Buffer.of(0), bytes);

/** A BIT STRING with names for its bits (bit 0 first); trailing zeros are left out (X.690 11.2.2). */
export function namedBits(bits: readonly number[]): Buffer {
  const highest = Math.max(-1, ...bits);
  const bytes = Buffer.alloc((highest >> 3) + 1);
  for (const bit of bits) bytes[bit >> 3]! |= 0x80 >> (bit & 7);
  return tlv(TAG.bitString, Buffer.of(bytes.length * 8 - highest - 1), bytes);
}

const encodedOids = new Map<string, Buffer>();

export function oid(dotted: string): Buffer {
  const known = encodedOids.get(dotted);
  if (known) return known;
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  const octets = [first * 40 + second, ...rest].flatMap(base128);
  const encoded = tlv(TAG.oid, Buffer.from(octets));
  encodedOids.set(dotted, encoded);
  return encoded;
}

function base128(arc: number): number[] {
  const septets = [arc % 128];
  for (let left = Math.floor(arc / 128); left > 0; left = Math.floor(left / 128))
    septets.unshift((left % 128) | 0x80);
  return septets;
}

/**
 * A Time (RFC 5280 4.1.2.5): UTCTime through 2049, GeneralizedTime after; whole seconds, the rest is cut off.
 * @param ms milliseconds since 1970, at most the year 9999.
 */
export function time(ms: number): Buffer {
  const iso = new Date(ms).toISOString();
  const year = Number(iso.slice(0, 4));
  if (year < 1950 || year > 2049) return generalizedTime(ms);
  return tlv(TAG.utcTime, Buffer.from(`${digits(iso).slice(2)}Z`, 'latin1'));
}

export function generalizedTime(ms: number): Buffer {
  return tlv(TAG.generalizedTime, Buffer.from(`${digits(new Date(ms).toISOString())}Z`, 'latin1'));
}

/** `2031-01-02T03:04:05.678Z` as `20310102030405`. */
function digits(iso: string): string {
  return (
    iso.slice(0, 4) +
    iso.slice(5, 7) +
    iso.slice(8, 10) +
    iso.slice(11, 13) +
    iso.slice(14, 16) +
    iso.slice(17, 19)
  );
}
