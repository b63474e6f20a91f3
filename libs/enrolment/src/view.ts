import type { Enrolment, EnrolmentQuery, PendingPage } from '@org/code-issuance';
import { enrolmentUnknown } from '@org/code-issuance';
import { madeBy } from './approval/payload.js';
import type { EnrolmentContext } from './context.js';
import { toHex } from './key-fingerprint.js';
import type { DropPendingCall, EnrolmentView, LookUpCall, EnrolmentRef } from './use-case-types.js';

export async function lookUp(
  { codes }: EnrolmentContext,
  { code, operator, address }: LookUpCall,
): Promise<EnrolmentView> {
  return viewOf(await codes.lookUp({ code, address, operator: operator.id, known: operator.known }));
}

/** @throws ProvisionError not_found `enrolment_unknown` */
export async function find(
  { codes }: EnrolmentContext,
  { id, domainId }: Omit<EnrolmentRef, 'operator'>,
): Promise<EnrolmentView> {
  const enrolment = await codes.find(id);
  const visible = enrolment?.state === 'pending' || enrolment?.domainId === domainId;
  if (!enrolment || !visible) throw enrolmentUnknown();
  return viewOf(enrolment);
}

export async function list({ codes }: EnrolmentContext, query: EnrolmentQuery) {
  const { total, enrolments } = await codes.list(query);
  return { total, enrolments: enrolments.map(viewOf) };
}

/** Those that wait for approval, whose domain no one knows yet. */
export async function listPending({ codes }: EnrolmentContext, page: PendingPage) {
  const { total, enrolments } = await codes.listPending(page);
  return { total, enrolments: enrolments.map(viewOf) };
}

export async function dropPending(
  { codes, observer }: EnrolmentContext,
  { operator, which }: DropPendingCall,
): Promise<number> {
  const count = await codes.dropPending(which);
  observer.dropped?.({ by: operator.id, count, which });
  return count;
}

export function viewOf(enrolment: Enrolment): EnrolmentView {
  const { approval, commonName: _, keyFingerprint, ...rest } = enrolment;
  const made = madeBy(enrolment);
  return {
    ...rest,
    keyFingerprint: keyFingerprint && toHex(keyFingerprint),
    approvedBy: approval?.operator,
    approvedAt: approval?.at,
    machineId: made?.machineId,
    name: made?.name,
    externalId: made?.bootstrap?.externalId,
  };
}
