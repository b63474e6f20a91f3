import type { DaemonOptions } from './options.js';

/** Clocks are set, and certificates are renewed meanwhile. */
const LONGEST_SLEEP_MS = 3600e3;
const SHORTEST_SLEEP_MS = 1000;

/** Logs, once for each certificate, that it has expired: renewals may be refused, or be tried only hours later. */
export async function watchExpiry(options: DaemonOptions, signal: AbortSignal): Promise<void> {
  const { clock } = options.device;
  while (!signal.aborted) {
    const leftMs = await lookAtExpiry(options);
    const pauseMs = Math.min(LONGEST_SLEEP_MS, Math.max(SHORTEST_SLEEP_MS, leftMs));
    await clock.sleep(pauseMs, signal).catch(() => undefined);
  }
}

/** @returns milliseconds until the certificate has expired */
async function lookAtExpiry({ device, log, state }: DaemonOptions): Promise<number> {
  // Why an identity cannot be read is logged by the code that needs it.
  const report = await device.report().catch(() => undefined);
  const { machineId, certificate } = report?.identity ?? {};
  if (!certificate) return LONGEST_SLEEP_MS;
  if (report!.state !== 'expired') return certificate.notAfter + 1000 - device.clock.now();
  if (state.expired !== certificate.fingerprint) {
    state.expired = certificate.fingerprint;
    const expired = new Date(certificate.notAfter).toISOString();
    log.error({ machine_id: machineId, expired }, 'the certificate has expired, and there is no new one yet');
  }
  return LONGEST_SLEEP_MS;
}
