import type { LegacyCodes } from '@org/code-issuance';
import type { Secret } from '@org/domain';
import { machineIdOf } from '../approval/payload.js';
import type { EnrolmentContext } from '../context.js';
import { legacyDevicesOff } from '../errors.js';
import type { LegacyDeviceAnswer } from '../use-case-types.js';

/** @throws ProvisionError forbidden `legacy_devices_off` */
export function legacyDevices({ codes }: EnrolmentContext): LegacyCodes {
  if (!codes.legacy) throw legacyDevicesOff();
  return codes.legacy;
}

export async function ask(
  context: EnrolmentContext,
  question: { readonly code: Secret; readonly address: string },
): Promise<LegacyDeviceAnswer> {
  const asked = await legacyDevices(context).ask(question);
  if (asked.state === 'waiting') return asked;
  return { state: 'approved', machineId: machineIdOf(asked.enrolment)!, ticket: asked.ticket };
}
