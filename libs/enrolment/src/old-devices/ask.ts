import type { LegacyCodes } from '@org/code-issuance';
import type { Secret } from '@org/domain';
import { machineIdOf } from '../approval/payload.js';
import type { EnrolmentContext } from '../context.js';
import { oldDevicesOff } from '../errors.js';
import type { OldDeviceAnswer } from '../use-case-types.js';

/** @throws ProvisionError forbidden `old_devices_off` */
export function oldDevices({ codes }: EnrolmentContext): LegacyCodes {
  if (!codes.legacy) throw oldDevicesOff();
  return codes.legacy;
}

export async function ask(
  context: EnrolmentContext,
  question: { readonly code: Secret; readonly address: string },
): Promise<OldDeviceAnswer> {
  const asked = await oldDevices(context).ask(question);
  if (asked.state === 'waiting') return asked;
  return { state: 'approved', machineId: machineIdOf(asked.enrolment)!, ticket: asked.ticket };
}
