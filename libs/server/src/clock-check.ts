import { ProvisionError } from '@org/domain';
import type { Passed } from './health.js';

/** Less is what networks and NTP make of it. */
const NOTICED_MS = 1_000;

/**
 * What is kept in the database goes by the database's clock; but certificates of TLS, tokens and logs go by this machine's.
 *
 * @param offsetMs by which this machine's clock is ahead of the database's
 * @throws ProvisionError unavailable `clock_wrong` beyond `mostMs`
 */
export async function checkClock(offsetMs: number, mostMs: number): Promise<Passed> {
  const off = Math.abs(offsetMs);
  if (off <= NOTICED_MS) return {};
  const side = offsetMs > 0 ? 'ahead of' : 'behind';
  const message = `this machine's clock is ${(off / 1_000).toFixed(1)} s ${side} the database's; set both by NTP`;
  if (off <= mostMs) return { warning: message };
  throw new ProvisionError({ kind: 'unavailable', code: 'clock_wrong', message });
}
