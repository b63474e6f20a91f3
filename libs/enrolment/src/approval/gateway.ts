import type { Enrolment } from '@org/code-issuance';
import { Secret, isProvisionError } from '@org/domain';
import {
  type ProvisionCall,
  type ProvisionResult,
  type Provisioner,
  ProvisioningFailed,
} from '@org/provisioning';
import type { EnrolmentContext } from '../context.js';
import { isCode, platformOff } from '../errors.js';
import type { Gateway } from '../machines/machine-store.js';
import type { ApprovalResult, ApprovalRequest } from './payload.js';

interface Attempt {
  readonly order: ApprovalRequest | ApprovalResult;
  /** An earlier attempt ended in the middle. */
  readonly resumed: boolean;
}

/** How long the journal remembers what an approval made: as long as there are enrolments to ask about it. */
const KEEP_ANSWER_MS = 30 * 86_400_000;

/**
 * Makes what an approval orders on the platform; once, however often it is asked.
 *
 * @throws ProvisionError as `Provisioner.find` and `Provisioner.provision`
 */
export async function makeGateway(
  context: EnrolmentContext,
  enrolment: Enrolment,
  { order, resumed }: Attempt,
): Promise<ApprovalResult> {
  if (order.step === 'made') return order;
  const { provisioner } = context;
  if (!provisioner) throw platformOff();
  const found = resumed ? await findGateway(context, enrolment, order) : undefined;
  if (found) return found;
  const { name, externalId, externalKey, idempotencyKey, layout, token } = order;
  const call: ProvisionCall = {
    domainId: enrolment.domainId!,
    request: { name, externalId, externalKey: new Secret(externalKey) },
    token: token === undefined ? undefined : new Secret(token),
    idempotencyKey,
    layout,
    ownKey: true,
    keepAnswerMs: KEEP_ANSWER_MS,
  };
  const result = await (resumed ? provisionAgain(provisioner, call) : provisioner.provision(call));
  return madeOf(order, result);
}

/**
 * What an earlier attempt has made, whether or not it could say so. Asks the journal only: the layout, the token and the
 * platform may be gone by now.
 *
 * @returns undefined when it made nothing
 * @throws ProvisionError conflict `idempotency_key_in_progress`; unavailable `platform_off`
 */
export async function findGateway(
  { provisioner }: EnrolmentContext,
  { domainId }: Enrolment,
  order: ApprovalRequest,
): Promise<ApprovalResult | undefined> {
  // There was one when it was ordered.
  if (!provisioner) throw platformOff();
  const { idempotencyKey } = order;
  const result = await provisioner.find({ domainId: domainId!, idempotencyKey });
  return result && madeOf(order, result);
}

const madeOf = (
  { name, externalId, externalKey, token }: ApprovalRequest,
  result: ProvisionResult,
): ApprovalResult => ({
  step: 'made',
  machineId: result.gatewayId,
  name,
  gateway: gatewayOf(result, externalId),
  bootstrap: { externalId, externalKey },
  ...(token !== undefined && { token }),
});

/** By now the operator's token may be over: what was approved is then finished with the service's own credentials. */
async function provisionAgain(provisioner: Provisioner, call: ProvisionCall): Promise<ProvisionResult> {
  try {
    return await provisioner.provision(call);
  } catch (error) {
    if (!call.token || !isProvisionError(error) || error.kind !== 'unauthenticated') throw error;
    return provisioner.provision({ ...call, token: undefined }).catch((again: unknown) => {
      throw isCode(again, 'missing_credentials') ? error : again;
    });
  }
}

/**
 * Whether a failed attempt left nothing that the approval must remember. What a failed run could not remove is the
 * journal's affair. A resumed attempt may be refused although an earlier one was successful, so only a failed run counts.
 */
export function wasRolledBack(error: unknown, resumed: boolean): boolean {
  if (error instanceof ProvisioningFailed) return true;
  const refused = isProvisionError(error) && !['ambiguous', 'internal'].includes(error.kind);
  return refused && !resumed && !isCode(error, 'idempotency_key_in_progress');
}

const gatewayOf = (result: ProvisionResult, externalId: string): Gateway => ({
  runId: result.runId,
  externalId,
  clientIds: result.clients.map(({ id }) => id),
  channelIds: result.channels.map(({ id }) => id),
  configurationId: result.configuration?.id,
});

/** @throws ProvisionError unavailable `platform_off`, and as `Provisioner.remove` */
export async function removeGateway(
  { provisioner }: EnrolmentContext,
  call: { readonly domainId: string; readonly gateway: Gateway; readonly token: Secret | undefined },
): Promise<void> {
  if (!provisioner) throw platformOff();
  const { gateway, ...who } = call;
  // What cannot be removed now is the journal's affair: it goes on, and shows what is left.
  await provisioner.remove({ ...gateway, ...who });
}
