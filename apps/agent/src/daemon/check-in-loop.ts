import { isRefusal } from '@org/device';
import { isProvisionError } from '@org/domain';
import { isRevocation } from '../output/revoked.js';
import type { DaemonOptions } from './options.js';

const FIRST_WITHIN_MS = 60e3;
const EVERY_MS = 3600e3;

/** Shows the certificate to the server every hour or so: it may want it to be renewed early, or no longer accept it. */
export async function keepCheckedIn(options: DaemonOptions, signal: AbortSignal): Promise<void> {
  const { clock } = options.device;
  // After a power cut, a whole site starts at the same second.
  for (let pauseMs = Math.random() * FIRST_WITHIN_MS; ; pauseMs = EVERY_MS * (0.75 + Math.random() / 2)) {
    await clock.sleep(pauseMs, signal).catch(() => undefined);
    if (signal.aborted) return;
    await checkIn(options, signal);
  }
}

/** Once; what goes wrong is logged. */
export async function checkIn({ device, log, state }: DaemonOptions, signal: AbortSignal): Promise<void> {
  try {
    const { identity } = await device.report();
    if (!identity) return;
    const sentAt = Date.now();
    const answer = await device.server.checkIn(identity, signal);
    if (answer === undefined) return;
    state.accepted = true;
    await device.renewal.noteRevoked(false);
    const { serverTime, renewAt } = answer;
    if (serverTime !== undefined) device.clock.notice({ serverTime, sentAt, receivedAt: Date.now() });
    if (renewAt !== undefined) await device.renewal.hint(renewAt);
    log.debug({ renew_at: renewAt && new Date(renewAt).toISOString() }, 'checked in');
  } catch (error) {
    if (signal.aborted) return;
    if (isRefusal(error)) {
      state.accepted = false;
      await noteRevoked(device, error);
      log.error({ err: error }, 'the server rejected the certificate');
    } else log.debug({ err: error }, 'check-in failed; will retry');
  }
}

/** For `status`; a disk that takes nothing is told of by the code that needs it. */
async function noteRevoked({ renewal }: DaemonOptions['device'], error: unknown): Promise<void> {
  if (!isRevocation(error)) return;
  await renewal.noteRevoked(true).catch((unsaved: unknown) => {
    if (!isProvisionError(unsaved)) throw unsaved;
  });
}
