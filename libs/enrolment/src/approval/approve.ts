import { randomBytes } from 'node:crypto';
import type { Enrolment, Held } from '@org/code-issuance';
import { type IdSource, Secret } from '@org/domain';
import type { EnrolmentContext } from '../context.js';
import { isCode } from '../errors.js';
import type { ApproveCall, EnrolmentView, Subject } from '../use-case-types.js';
import { viewOf } from '../view.js';
import { makeGateway, nothingCameOf, removeGateway } from './gateway.js';
import { keepingHold } from './hold.js';
import { type Made, type Order, machineIdOf, payload, readPayload } from './payload.js';

export async function approve(context: EnrolmentContext, call: ApproveCall): Promise<EnrolmentView> {
  const { codes, ids, provisioner } = context;
  const { id, domainId, operator } = call;
  const content = provisioner ? orderOf(call, ids) : unbound(call, ids);
  const request = { domainId, operator: operator.id, payload: payload(content) };
  const held = await codes.holdApproval(id, request);
  return viewOf(held.step === 'done' ? held.enrolment : await carryOut(context, held, operator.token));
}

export async function deny(
  { codes, observer }: EnrolmentContext,
  { id, domainId, operator }: Subject,
): Promise<EnrolmentView> {
  const found = await codes.find(id);
  await operator.assertMayRemove(found && machineIdOf(found));
  const enrolment = await codes.deny(id, { domainId, operator: operator.id });
  observer.denied?.({ enrolmentId: id, domainId, by: operator.id });
  return viewOf(enrolment);
}

/** An approval whose process has died is held again, unless somebody was faster, and finished as it was begun. */
export async function takeUp(
  context: EnrolmentContext,
  { id, domainId, approval }: Enrolment,
): Promise<void> {
  const held = await context.codes
    .holdApproval(id, { domainId: domainId!, ...approval! })
    .catch((error: unknown) => {
      if (!isCode(error, 'approval_in_progress')) throw error;
    });
  if (held?.step === 'carry_out') await carryOut(context, held, undefined);
}

/**
 * Does what a held approval says. Whatever happens to this process, the enrolment remembers what was begun: it is taken up
 * again, or undone when it expires.
 *
 * @param token of who asks now; the first holder's may be over
 */
async function carryOut(
  context: EnrolmentContext,
  held: Extract<Held, { step: 'carry_out' }>,
  token: Secret | undefined,
): Promise<Enrolment> {
  const { codes, observer } = context;
  const { enrolment, claim, resumed } = held;
  const content = readPayload(enrolment.approval!.payload);
  const order: Order | Made =
    token && content.step === 'order' ? { ...content, token: token.reveal() } : content;
  const made = await keepingHold(context, claim, () =>
    makeGateway(context, enrolment, { order, resumed }),
  ).catch(async (error: unknown) => {
    if (nothingCameOf(error, resumed)) await codes.releaseApproval(claim).catch(() => undefined);
    throw error;
  });
  try {
    const approved = await codes.completeApproval(claim, payload(made));
    const { id: enrolmentId, domainId, approval } = approved;
    observer.approved?.({
      enrolmentId,
      domainId,
      machineId: made.machineId,
      by: approval!.operator,
      resumed,
    });
    return approved;
  } catch (error) {
    if (!isCode(error, 'claim_lost')) throw error;
    return overtaken(context, enrolment, { order, made, error });
  }
}

/**
 * Somebody was faster. Whoever took the approval over has the same order and meets the same run: what was made is theirs to
 * go on with. Where the order is void by now (given back and approved anew, denied, or expired), nobody else need know of
 * what was made.
 */
async function overtaken(
  context: EnrolmentContext,
  { id, domainId }: Enrolment,
  { order, made, error }: { readonly order: Order | Made; readonly made: Made; readonly error: unknown },
): Promise<Enrolment> {
  const now = await context.codes.find(id);
  const isVoid = !now?.approval || now.state === 'denied' || now.state === 'expired';
  const current = isVoid ? undefined : readPayload(now.approval.payload);
  if (current?.step === 'made' && current.machineId === made.machineId) return now!;
  const theirs = current?.step === 'order' && order.step === 'order' && isSame(current, order);
  const { gateway, token } = made;
  if (gateway && !theirs)
    await removeGateway(context, {
      domainId: domainId!,
      gateway,
      token: token ? new Secret(token) : undefined,
    });
  throw error;
}

const isSame = (one: Order, other: Order): boolean => one.idempotencyKey === other.idempotencyKey;

function orderOf({ request, operator }: ApproveCall, ids: IdSource): Order {
  const { name, externalId = readableId(ids), externalKey, layout } = request;
  return {
    step: 'order',
    name,
    externalId,
    externalKey: externalKey?.reveal() ?? randomBytes(EXTERNAL_KEY_BYTES).toString('base64url'),
    idempotencyKey: `enrolment ${ids.uuid()}`,
    ...(layout !== undefined && { layout }),
    ...(operator.token && { token: operator.token.reveal() }),
  };
}

/** Without a platform there is nothing to make. */
const unbound = ({ request }: ApproveCall, ids: IdSource): Made => ({
  step: 'made',
  machineId: ids.uuid(),
  name: request.name,
});

/** 43 characters; the platform takes 72 at most (Magistrala wire §4.1). */
const EXTERNAL_KEY_BYTES = 32;

/** 64 random bits as `9f3a-07c1-4e2b-88d0`: it stands in URLs, and people compare it. */
function readableId(ids: IdSource): string {
  const [first, , , , last] = ids.uuid().split('-');
  return `${first}${last!.slice(0, 8)}`.match(/.{4}/g)!.join('-');
}
