import { randomBytes } from 'node:crypto';
import type { Enrolment, Held } from '@org/code-issuance';
import { type IdSource, Secret } from '@org/domain';
import type { EnrolmentContext } from '../context.js';
import { approvalInProgress, approvalUnknown, isCode } from '../errors.js';
import type { ApproveCall, EnrolmentView, EnrolmentRef } from '../use-case-types.js';
import { viewOf } from '../view.js';
import { makeGateway, wasRolledBack, removeGateway } from './gateway.js';
import { APPROVAL, type ApprovalResult, type ApprovalRequest, machineIdOf } from './payload.js';

export async function approve(context: EnrolmentContext, call: ApproveCall): Promise<EnrolmentView> {
  const { codes, ids, clock, provisioner } = context;
  const { id, domainId, operator } = call;
  const content = provisioner ? orderOf(call, ids) : unbound(call, ids);
  const request = { domainId, operator: operator.id, payload: APPROVAL.write(content) };
  const askedAt = clock.monotonic();
  const held = await codes.holdApproval(id, request);
  if (held.step === 'done') return viewOf(held.enrolment);
  try {
    return viewOf(await carryOut(context, { ...held, askedAt }, operator.token));
  } catch (error) {
    throw forOperator(error);
  }
}

/** Leases and idempotency keys are none of an operator's. */
function forOperator(error: unknown): unknown {
  if (isCode(error, 'outcome_unknown')) return approvalUnknown(error);
  return isCode(error, 'idempotency_key_in_progress', 'lease_lost') ? approvalInProgress(error) : error;
}

export async function deny(
  { codes, observer }: EnrolmentContext,
  { id, domainId, operator }: EnrolmentRef,
): Promise<EnrolmentView> {
  const found = await codes.find(id);
  await operator.assertMayRemove(found && machineIdOf(found));
  const enrolment = await codes.deny(id, { domainId, operator: operator.id });
  observer.denied?.({ enrolmentId: id, domainId, by: operator.id });
  return viewOf(enrolment);
}

/** An approval whose process has died is held again, unless someone was faster, and finished as it was begun. */
export async function takeUp(
  context: EnrolmentContext,
  { id, domainId, approval }: Enrolment,
): Promise<void> {
  const { codes, clock } = context;
  const askedAt = clock.monotonic();
  const held = await codes.holdApproval(id, { domainId: domainId!, ...approval! }).catch((error: unknown) => {
    if (!isCode(error, 'approval_in_progress')) throw error;
  });
  if (held?.step === 'carry_out') await carryOut(context, { ...held, askedAt }, undefined);
}

/** An approval that is this process's to carry out. */
interface HeldApproval extends Extract<Held, { step: 'carry_out' }> {
  /** When its lease was asked for, by `clock.monotonic()`. */
  readonly askedAt: number;
}

/**
 * Does what a held approval says. Whatever happens to this process, the enrolment remembers what was begun: it is taken up
 * again, or undone when it expires. An attempt that failed ends its lease, so that no one has to wait for that.
 *
 * @param token of the caller now; the first holder's may be over
 */
async function carryOut(
  context: EnrolmentContext,
  held: HeldApproval,
  token: Secret | undefined,
): Promise<Enrolment> {
  const { lease, askedAt, enrolment } = held;
  const content = APPROVAL.read(enrolment.approval!.payload);
  const order: ApprovalRequest | ApprovalResult =
    token && content.step === 'order' ? { ...content, token: token.reveal() } : content;
  return context.leases.during(lease, askedAt, async (own) => {
    own.assertHeld();
    return complete(context, { held, order, made: await make(context, held, order) });
  });
}

async function make(
  context: EnrolmentContext,
  { enrolment, lease, resumed }: HeldApproval,
  order: ApprovalRequest | ApprovalResult,
): Promise<ApprovalResult> {
  try {
    return await makeGateway(context, enrolment, { order, resumed });
  } catch (error: unknown) {
    if (wasRolledBack(error, resumed)) await context.codes.releaseApproval(lease).catch(() => undefined);
    throw error;
  }
}

interface Carried {
  readonly held: HeldApproval;
  readonly order: ApprovalRequest | ApprovalResult;
  readonly made: ApprovalResult;
}

async function complete(context: EnrolmentContext, carried: Carried): Promise<Enrolment> {
  const { held, made } = carried;
  const { codes, observer } = context;
  try {
    const approved = await codes.completeApproval(held.lease, APPROVAL.write(made));
    const { id: enrolmentId, domainId, approval } = approved;
    const { machineId } = made;
    const by = approval!.operator;
    observer.approved?.({ enrolmentId, domainId, machineId, by, resumed: held.resumed });
    return approved;
  } catch (error) {
    if (!isCode(error, 'lease_lost')) throw error;
    return overtaken(context, carried, error);
  }
}

/**
 * Someone was faster. The request that took the approval over has the same order and meets the same run: what was made is theirs to
 * go on with. Where the order is void by now (given back and approved anew, denied, or expired), no one else need know of
 * what was made.
 */
async function overtaken(
  context: EnrolmentContext,
  { held, order, made }: Carried,
  error: unknown,
): Promise<Enrolment> {
  const { id, domainId } = held.enrolment;
  const now = await context.codes.find(id);
  const isVoid = !now?.approval || now.state === 'denied' || now.state === 'expired';
  const current = isVoid ? undefined : APPROVAL.read(now.approval.payload);
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

const isSame = (one: ApprovalRequest, other: ApprovalRequest): boolean =>
  one.idempotencyKey === other.idempotencyKey;

function orderOf({ request, operator }: ApproveCall, ids: IdSource): ApprovalRequest {
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
const unbound = ({ request }: ApproveCall, ids: IdSource): ApprovalResult => ({
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
