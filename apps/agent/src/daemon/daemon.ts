import { type IdentityReport, nextPause } from '@org/device';
import { type ProvisionError, isProvisionError } from '@org/domain';
import { keepBootstrapped } from './bootstrap-loop.js';
import { keepCheckedIn } from './check-in-loop.js';
import { watchExpiry } from './expiry-loop.js';
import type { DaemonOptions } from './options.js';

/** After something that people have to mend. */
const MENDING = { baseMs: 30e3, capMs: 3600e3 };

/**
 * Looks after a device's identity until `signal` aborts: enrols it when it has none, then renews it, shows it to the
 * server and keeps the bootstrap configuration. Nothing that goes wrong ends it.
 *
 * @throws `signal`'s reason
 */
export async function runDaemon(options: DaemonOptions, signal: AbortSignal): Promise<never> {
  const { device, log, notify } = options;
  let pauseMs: number | undefined;
  for (;;) {
    try {
      await device.recover();
      await device.noteHost();
      await runOnce(options, await device.report(), signal);
      pauseMs = undefined;
    } catch (error) {
      signal.throwIfAborted();
      // A local program has called the enrolment off: there is nothing to wait for.
      if (isProvisionError(error) && error.code === 'enrolment_not_begun') continue;
      pauseMs = nextPause({ ...MENDING, previousMs: pauseMs, random: Math.random });
      log.error({ err: error, retry_in_s: Math.round(pauseMs / 1000) }, 'the agent failed; retrying');
      notify.status(isProvisionError(error) ? error.message : 'an unexpected error; see the log');
      await device.clock.sleep(pauseMs, signal);
    }
  }
}

/** Until the state of the identity is another one. */
async function runOnce(options: DaemonOptions, report: IdentityReport, signal: AbortSignal): Promise<void> {
  if (report.state === 'broken') throw report.problem;
  const { device, log, notify } = options;
  // A code that has been shown, and perhaps approved, comes before another try at what the server has refused.
  if (report.identity === undefined || (await device.renewal.status())?.enrolAgain)
    return enrol(options, signal);
  const { machineId, certificate } = report.identity;
  const expires = new Date(certificate.notAfter).toISOString();
  log.info({ machine_id: machineId, state: report.state, expires }, 'this device has an identity');
  notify.status(`${machineId}, certificate until ${expires}`);
  await keepUp(options, signal);
}

/** The code is for the screen of the device, which asks for it; it must not be in a log. */
async function enrol({ device, log, notify }: DaemonOptions, signal: AbortSignal): Promise<void> {
  const machineId = await device.enrolment.run({
    onCode: ({ address, leftMs }) => {
      log.info({ address, ends_in_s: Math.round(leftMs / 1000) }, 'waiting for the approval of a code');
      notify.status('waiting for the approval of a code');
    },
    onFailure: (error, pauseMs) =>
      log.warn({ err: error, retry_in_s: Math.round(pauseMs / 1000) }, 'enrolment failed; retrying'),
    signal,
  });
  log.info({ machine_id: machineId }, 'this device has been enrolled');
}

/** Until there is no identity any more, or only a new enrolment helps. */
async function keepUp(options: DaemonOptions, signal: AbortSignal): Promise<void> {
  const { device, log, state } = options;
  const over = new AbortController();
  const until = AbortSignal.any([signal, over.signal]);
  // TLS cannot use a key that is in a token: there is nothing to show.
  const canCheckIn = device.settings.pkcs11 === undefined;
  const others = [
    watchExpiry(options, until),
    keepBootstrapped(options, until),
    ...(canCheckIn ? [keepCheckedIn(options, until)] : []),
  ];
  try {
    await device.renewal.run({
      signal: until,
      onAttempt: ({ attempt: { outcome, step }, error }) => {
        state.countRenewal(outcome);
        if (error) log.warn({ err: error, step }, 'renewal failed; will retry');
        else log.info({ outcome }, 'renewal attempt finished');
        if (error) void giveWayToEnrolment(options, over);
      },
    });
  } catch (error) {
    // Given up on purpose, for an enrolment.
    if (signal.aborted || !over.signal.aborted) throw error;
  } finally {
    over.abort();
    await Promise.allSettled(others);
  }
}

async function giveWayToEnrolment({ device, log }: DaemonOptions, over: AbortController): Promise<void> {
  const status = await device.renewal.status().catch((error: ProvisionError) => {
    log.warn({ err: error }, 'reading the renewal state failed');
    return undefined;
  });
  if (!status?.enrolAgain) return;
  log.warn('the server no longer renews this certificate: this device must be approved again');
  over.abort();
}
