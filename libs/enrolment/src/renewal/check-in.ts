import { renewAtOf } from '../certificates/credentials.js';
import type { EnrolmentContext } from '../context.js';
import { certificateExpired, certificateRevoked } from '../errors.js';
import type { Machine } from '../machines/machine-store.js';
import { withdrawMachine } from '../machines/revoke.js';
import { type Seen, noteUse } from '../machines/seen.js';
import type { MachineProof } from '../use-case-types.js';
import { isRevoked, recognize } from './proof.js';

export async function checkIn(context: EnrolmentContext, proof: MachineProof) {
  const seen = await recognize(context, proof);
  assertValid(context, seen);
  await noteUse(context, seen);
  const { machine, certificate } = seen;
  return { machineId: machine.id, serverTime: context.clock.now(), renewAt: renewAtOf(certificate, machine) };
}

const GIVEN_UP = { by: 'device', reason: 'cessationOfOperation' } as const;

/** Its gateway stays on the platform until an operator removes it. */
export async function deprovision(context: EnrolmentContext, proof: MachineProof): Promise<Machine> {
  const seen = await recognize(context, proof);
  // Certificates are revoked before their machine: an attempt that was cut off in between is to be ended.
  const cutOff = seen.certificate.revocation?.reason === GIVEN_UP.reason && seen.machine.state === 'active';
  if (!cutOff) assertValid(context, seen);
  return (await withdrawMachine(context, seen.machine.id, GIVEN_UP))!;
}

/** @throws ProvisionError forbidden `certificate_revoked`, `certificate_expired` */
function assertValid(context: EnrolmentContext, seen: Seen): void {
  if (isRevoked(seen)) throw certificateRevoked();
  if (context.clock.now() > seen.certificate.notAfter) throw certificateExpired();
}
