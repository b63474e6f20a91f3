import { status } from '@grpc/grpc-js';
import type { EnrolmentStep } from '@org/device';
import { ProvisionError } from '@org/domain';
import type { provisioning } from '@org/proto';
import type { Calls } from './calls.js';
import { type LocalDevice, standingOf } from './device-port.js';
import { enrolmentError, keepPolling, pingError } from './provisioning-errors.js';
import { WireError, provisioningError, told } from './wire-error.js';

/** Screens wait for as long as it takes; the server is asked meanwhile. */
const LIMIT_MS = 10_000;
/** Of the wire (mecha wire §1.2). */
const PROVISION_LIMIT_MS = 30_000;

/** Codes as devices make them (`A1B2C3`) and as servers do (`BCDF-GHJK`). */
const CODE = /^[A-Z0-9]{2,16}(?:-[A-Z0-9]{2,16})?$/i;

/**
 * mecha-agent's service for programs on the device (mecha wire §1.2). What is done is done by the same `Enrolment` that
 * the daemon drives, so that a screen and the daemon can be at it at the same time.
 *
 * @param signal aborts the work when the agent stops
 */
export function provisioningService(
  device: LocalDevice,
  calls: Calls,
  signal: AbortSignal,
): provisioning.ProvisioningServiceServer {
  return {
    ping: calls.serve<provisioning.Empty, provisioning.PingResponse>({
      name: 'ping',
      limitMs: LIMIT_MS,
      work: async () => {
        await device.server.ping(signal);
        return { code: 'success', message: '' };
      },
      wireError: pingError,
      late: () => pingError(late('the provisioning server has not answered in time')),
    }),
    generateCode: calls.serve<provisioning.Empty, provisioning.ProvisioningCodeResponse>({
      name: 'generateCode',
      limitMs: LIMIT_MS,
      work: async () => ({ code: await codeOf(device, signal) }),
      wireError: noCode,
      // The words of mecha-agent.
      late: () => noCode(late('provisioning service unavailable')),
    }),
    provisionByCode: calls.serve<
      provisioning.ProvisioningCodeRequest,
      provisioning.ProvisioningStatusResponse
    >({
      name: 'provisionByCode',
      limitMs: PROVISION_LIMIT_MS,
      key: ({ code }) => code,
      work: async ({ code }) => {
        await provision(device, { code, adopt: calls.areTrusted, signal });
        return { success: true };
      },
      wireError: enrolmentError,
      // The work goes on; the next call gets what has come of it.
      late: () => keepPolling(late('the provisioning server has not answered yet')),
    }),
    deprovision: calls.serve<provisioning.Empty, provisioning.DeProvisioningStatusResponse>({
      name: 'deprovision',
      trustedOnly: true,
      limitMs: LIMIT_MS,
      work: async () => {
        await device.deprovision(signal);
        return { success: true };
      },
      wireError: notRemoved,
      late: () => notRemoved(late('the identity has not been removed in time; the agent goes on with it')),
    }),
  };
}

async function codeOf(device: LocalDevice, signal: AbortSignal): Promise<string> {
  const standing = await standingOf(device);
  if (standing.kind === 'broken') throw standing.problem;
  if (standing.kind === 'open') return (await device.enrolment.begin(signal)).code;
  throw new ProvisionError({
    kind: 'conflict',
    code: 'already_provisioned',
    message: `this device is ${standing.identity.machineId} already; deprovision it before it enrols again`,
  });
}

/**
 * Done also for a device that has an identity: that is what a screen waits for whose earlier answer was lost, be it by a
 * restart of the agent. No code makes it get another.
 */
async function provision(
  device: LocalDevice,
  step: { readonly code: string; readonly adopt: boolean; readonly signal: AbortSignal },
): Promise<void> {
  if (!CODE.test(step.code))
    throw provisioningError('BadRequestError', { code: 'code_malformed', message: 'this is no code' });
  const standing = await standingOf(device);
  if (standing.kind === 'broken') throw standing.problem;
  if (standing.kind === 'open') assertDone(await device.enrolment.step(step));
}

function assertDone({ state }: EnrolmentStep): void {
  switch (state) {
    case 'provisioned':
      return;
    case 'denied':
      throw provisioningError('UnknownError', {
        code: 'enrolment_denied',
        message: 'the operator has denied this device',
      });
    case 'pending':
      throw keepPolling({ code: 'enrolment_pending', message: 'no one has approved this code yet' });
    case 'expired':
      throw keepPolling({
        code: 'enrolment_expired',
        message: 'the time of this code is over; show the next one',
      });
  }
}

const late = (message: string): ProvisionError =>
  new ProvisionError({ kind: 'ambiguous', code: 'late', message });

function noCode(error: unknown): WireError {
  const { code, message } = told(error);
  return new WireError(status.UNAVAILABLE, message, code);
}

function notRemoved(error: unknown): WireError {
  const { code, message } = told(error);
  return new WireError(status.INTERNAL, `FsErrorCodes:(code: FileRemoveError, message: ${message})`, code);
}
