import { randomFillSync } from 'node:crypto';
import { invalid } from '@org/domain';

const RANDOM_OCTETS = 16;
/** Asking the system for a few hundred serials at a time: a call each costs as much as reading a whole CSR. */
const pool = Buffer.alloc(RANDOM_OCTETS * 256);
let used = pool.length;

/**
 * A new serial: 128 bits from the system's random source behind a first octet of 1, which keeps it positive, never
 * zero, and 17 octets long whatever the bits are (RFC 5280 4.1.2.2 allows 20).
 */
export function newSerial(): Buffer {
  if (used === pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  const serial = Buffer.allocUnsafe(1 + RANDOM_OCTETS);
  serial[0] = 1;
  pool.copy(serial, 1, used, used + RANDOM_OCTETS);
  pool.fill(0, used, used + RANDOM_OCTETS);
  used += RANDOM_OCTETS;
  return serial;
}

/** A serial as records name it: lower-case hex of its octets, without a leading zero octet. */
export const serialHex = (octets: Uint8Array): string =>
  Buffer.from(octets)
    .toString('hex')
    .replace(/^(?:00)+(?=..)/, '');

/**
 * Reads a serial as people and tools write it: hex in any case, with or without colons, spaces or `0x`.
 * @throws ProvisionError `serial_malformed`
 */
export function parseSerial(text: string): string {
  const hex = text.trim().replace(/^0x/i, '').replace(/[:\s]/g, '').toLowerCase();
  if (!/^[0-9a-f]{1,42}$/.test(hex))
    throw invalid('serial_malformed', 'A serial number is up to 20 octets of hex.');
  return serialHex(Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, 'hex'));
}
