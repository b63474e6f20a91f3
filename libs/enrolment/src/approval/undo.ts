import type { Enrolment } from '@org/code-issuance';
import { Secret, isProvisionError } from '@org/domain';
import { ProvisioningFailed } from '@org/provisioning';
import type { EnrolmentContext } from '../context.js';
import { withdrawMachine } from '../machines/revoke.js';
import { makeGateway, removeGateway } from './gateway.js';
import { type Made, type Order, payload, readPayload, withoutToken } from './payload.js';

/**
 * Removes what the approval of a denied or expired enrolment made. May be repeated.
 *
 * @throws ProvisionError as `Provisioner.provision` and `Provisioner.remove`: try again later
 */
export async function undo(context: EnrolmentContext, enrolment: Enrolment): Promise<void> {
  const { codes } = context;
  const { id, domainId } = enrolment;
  const content = readPayload(enrolment.approval!.payload);
  const made = content.step === 'made' ? content : await findOut(context, enrolment, content);
  if (!made) return codes.noteUndone(id);
  const { machineId, gateway, token } = made;
  // There is a machine where the redemption was cut off between its certificate and its end.
  await withdrawMachine(context, machineId, { by: 'expiry', reason: 'cessationOfOperation' });
  if (gateway)
    await removeGateway(context, {
      domainId: domainId!,
      gateway,
      // The operator's token, where the service has no credentials of its own.
      token: token === undefined ? undefined : new Secret(token),
    });
  await codes.noteUndone(id, payload(withoutToken(made)));
}

/**
 * What an approval made whose process died before it could say so. The run's answer is asked for with its idempotency key;
 * in the rare case that the run had been removed after the crash, this makes the gateway once more, only to know its ids.
 *
 * @returns undefined when nothing is left of it
 */
async function findOut(
  context: EnrolmentContext,
  enrolment: Enrolment,
  order: Order,
): Promise<Made | undefined> {
  if (!context.provisioner) return undefined;
  try {
    return await makeGateway(context, enrolment, { order, resumed: true });
  } catch (error) {
    const refused = isProvisionError(error) && error.kind === 'invalid';
    if (error instanceof ProvisioningFailed || refused) return undefined;
    throw error;
  }
}
