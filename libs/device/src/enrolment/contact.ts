import { isProvisionError } from '@org/domain';
import { isTransient } from '../errors.js';
import type { ServerClock } from '../timing/server-clock.js';
import type { EnrolmentClient } from './client.js';

/**
 * Finds out whether the server is there, and what time it is: a device whose clock is wrong cannot tell a good
 * certificate. A server that has no ping is none the worse.
 *
 * @throws ProvisionError `unavailable`, `ambiguous`
 */
export async function contact(
  client: EnrolmentClient,
  clock: ServerClock,
  signal?: AbortSignal,
): Promise<void> {
  try {
    await clock.ask(() => client.ping(signal));
  } catch (error) {
    if (!isProvisionError(error) || isTransient(error)) throw error;
  }
}
