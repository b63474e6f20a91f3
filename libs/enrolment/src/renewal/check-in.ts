import { renewAtOf } from '../certificates/credentials.js';
import type { EnrolmentContext } from '../context.js';
import { certificateExpired } from '../errors.js';
import type { Machine } from '../machines/machine-store.js';
import { withdrawMachine } from '../machines/revoke.js';
import { type Seen, noteUse } from '../machines/seen.js';
import type { MachineProof } from '../use-case-types.js';
import { identify } from './proof.js';

export async function checkIn(context: EnrolmentContext, proof: MachineProof) {
  const seen = await identifyValid(context, proof);
  await noteUse(context, seen);
  const { machine, certificate } = seen;
  return { machineId: machine.id, renewAt: renewAtOf(certificate, machine) };
}

/** Its gateway stays on the platform until an operator removes it. */
export async function deprovision(context: EnrolmentContext, proof: MachineProof): Promise<Machine> {
  const { machine } = await identifyValid(context, proof);
  const withdrawal = { by: 'device', reason: 'cessationOfOperation' } as const;
  return (await withdrawMachine(context, machine.id, withdrawal))!;
}

/** @throws ProvisionError forbidden `certificate_expired`, and as `identify` */
async function identifyValid(context: EnrolmentContext, proof: MachineProof): Promise<Seen> {
  const seen = await identify(context, proof);
  if (context.clock.now() > seen.certificate.notAfter) throw certificateExpired();
  return seen;
}
