import type { Enrolment } from '@org/code-issuance';
import { Secret } from '@org/domain';
import type { EnrolmentContext } from '../context.js';
import { withdrawMachine } from '../machines/revoke.js';
import { findGateway, removeGateway } from './gateway.js';
import { APPROVAL, type ApprovalResult, withoutSecrets } from './payload.js';

/**
 * Removes what the approval of a denied or expired enrolment made. May be repeated.
 *
 * @throws ProvisionError as `Provisioner.find` and `Provisioner.remove`: try again later
 */
export async function undo(context: EnrolmentContext, enrolment: Enrolment): Promise<void> {
  const { codes } = context;
  const content = APPROVAL.read(enrolment.approval!.payload);
  // The process of one whose step is `order` died before it could say what it had made.
  const made = content.step === 'made' ? content : await findGateway(context, enrolment, content);
  if (made) await remove(context, enrolment, made);
  await codes.noteUndone(enrolment.id, APPROVAL.write(withoutSecrets(made ?? content)));
}

async function remove(
  context: EnrolmentContext,
  { domainId }: Enrolment,
  { machineId, gateway, token }: ApprovalResult,
): Promise<void> {
  // There is a machine where the redemption was cut off between its certificate and its end.
  await withdrawMachine(context, machineId, { by: 'expiry', reason: 'cessationOfOperation' });
  if (gateway)
    await removeGateway(context, {
      domainId: domainId!,
      gateway,
      // The operator's token, where the service has no credentials of its own.
      token: token === undefined ? undefined : new Secret(token),
    });
}
