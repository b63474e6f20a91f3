import type { Identity } from '@org/device';
import { type ProvisionError, isProvisionError } from '@org/domain';
import { distanceText, timeText } from '../output/print.js';
import { REVOKED, REVOKED_ADVICE, isRevocation } from '../output/revoked.js';
import type { Finding, Patient } from './finding.js';

const check = 'certificate';

export async function checkCertificate({ device }: Patient): Promise<readonly Finding[]> {
  const { state, identity, problem } = await device.report();
  if (problem) return [{ check, result: 'fail', message: problem.message }];
  if (!identity) {
    const advice = state === 'none' ? 'provision-agent enrol' : 'Approve the code that the device shows.';
    return [{ check, result: 'warn', message: 'this device has none yet', advice }];
  }
  const now = device.clock.now();
  const { notBefore, notAfter } = identity.certificate;
  const message = `${identity.machineId}: from ${timeText(notBefore)} to ${timeText(notAfter)}`;
  if (state === 'not_yet_valid')
    return [{ check, result: 'fail', message, advice: `The clock says ${timeText(now)}: set it.` }];
  if (state === 'expired') {
    const advice = 'provision-agent renew; where the server refuses that, provision-agent enrol --again.';
    return [{ check, result: 'fail', message: `${message}: expired`, advice }];
  }
  const refusal = await refusalOf(device, identity);
  if (isRevocation(refusal)) {
    const saying = { message: `${identity.machineId}: ${REVOKED}`, advice: REVOKED_ADVICE };
    return [{ check, result: 'fail', ...saying, revoked: true }];
  }
  if (refusal) {
    const message = `${identity.machineId}: ${refusal.message}`;
    return [{ check, result: 'fail', message, advice: REVOKED_ADVICE }];
  }
  const renewal = await device.renewal.status();
  if (renewal?.decision.action !== 'renew')
    return [{ check, result: 'ok', message: `${message}, ends ${distanceText(notAfter, now)}` }];
  return [
    {
      check,
      result: 'warn',
      message: `${message}: due for renewal`,
      advice: 'Let the agent run, or: provision-agent renew.',
    },
  ];
}

/** Why the server no longer takes the certificate; undefined when it does, or cannot be asked. */
async function refusalOf(
  { server }: Patient['device'],
  identity: Identity,
): Promise<ProvisionError | undefined> {
  try {
    await server.checkIn(identity);
    return undefined;
  } catch (error) {
    if (!isProvisionError(error)) throw error;
    return error.kind === 'forbidden' ? error : undefined;
  }
}
