import { type DeviceFacts, Secret } from '@org/domain';
import type { EnrolmentRecord, Pace } from '@org/code-issuance';
import type { Selectable } from 'kysely';
import type { EnrolmentsTable } from '../schema.js';
import { RowMac } from '../seal/row-mac.js';
import type { Sealer } from '../seal/sealer.js';

type Row = Selectable<EnrolmentsTable>;
type PaceRow = Pick<Row, 'poll_interval_ms' | 'polled_at'>;

/**
 * What says who may do what, and until when. Leases, the pace and what the sweep goes by do not, and may be written by
 * themselves.
 */
const MAC = new RowMac<Row>('enrolments', {
  id: true,
  state: true,
  binding: true,
  code_hash: true,
  polling_hash: true,
  key_fingerprint: true,
  next_key_fingerprint: true,
  device: true,
  common_name: true,
  origin: true,
  origin_path: true,
  created_at: true,
  expires_at: true,
  redemptions: true,
  domain_id: true,
  approved_by: true,
  approved_at: true,
  approval_payload: true,
  denied_by: true,
  redeem_by: true,
  redeemed_at: true,
  repeat_until: true,
  finished_at: true,
  ticket_hash: true,
  ticket_expires_at: true,
  ticket_key_fingerprint: true,
  outcome: true,
  undo_due: true,
  version: false,
  due_at: false,
  poll_interval_ms: false,
  polled_at: false,
  owner: false,
  fencing_token: false,
  lease_until: false,
});

/** All but the pace, which is written apart. */
export function rowOf(record: EnrolmentRecord, sealer: Sealer): Omit<Row, keyof PaceRow> {
  const row = fieldsOf(record, sealer);
  return { ...row, mac: MAC.of(row, sealer) };
}

const fieldsOf = (record: EnrolmentRecord, sealer: Sealer): Omit<Row, keyof PaceRow | 'mac'> => ({
  ...decisionRowOf(record, sealer),
  id: record.id,
  version: record.version,
  state: record.state,
  binding: record.binding,
  code_hash: record.codeHash,
  polling_hash: record.pollingHash ?? null,
  key_fingerprint: record.keyFingerprint ?? null,
  next_key_fingerprint: record.nextKeyFingerprint ?? null,
  device: JSON.stringify(record.device),
  common_name: record.commonName ?? null,
  origin: record.origin,
  origin_path: record.originPath,
  created_at: record.createdAt,
  expires_at: record.expiresAt,
  due_at: record.dueAt,
  owner: record.leaseOwner ?? null,
  fencing_token: record.fencingToken,
  lease_until: record.leaseUntil,
  redemptions: record.redemptions,
});

const decisionRowOf = (record: EnrolmentRecord, sealer: Sealer) => ({
  domain_id: record.domainId ?? null,
  approved_by: record.approval?.operator ?? null,
  approved_at: record.approval?.at ?? null,
  approval_payload: record.approval
    ? sealer.seal(record.approval.payload.reveal(), payloadOf(record.id))
    : null,
  denied_by: record.deniedBy ?? null,
  redeem_by: record.redeemBy ?? null,
  redeemed_at: record.redeemedAt ?? null,
  repeat_until: record.repeatUntil ?? null,
  finished_at: record.finishedAt ?? null,
  ticket_hash: record.ticket?.hash ?? null,
  ticket_expires_at: record.ticket?.expiresAt ?? null,
  ticket_key_fingerprint: record.ticket?.keyFingerprint ?? null,
  outcome: record.outcome ? sealer.seal(record.outcome.reveal(), outcomeOf(record.id)) : null,
  undo_due: record.undoDue ? (1 as const) : (0 as const),
});

export const paceRowOf = ({ intervalMs, polledAt }: Pace): PaceRow => ({
  poll_interval_ms: intervalMs,
  polled_at: polledAt ?? null,
});

/** @throws ProvisionError internal `state_key_mismatch` for a row that was changed by hand */
export function recordOf(row: Row, sealer: Sealer): EnrolmentRecord {
  MAC.assert(row, sealer);
  return recordFrom(row, sealer);
}

const recordFrom = (row: Row, sealer: Sealer): EnrolmentRecord => ({
  ...decisionOf(row, sealer),
  id: row.id,
  version: row.version,
  state: row.state,
  binding: row.binding,
  codeHash: row.code_hash,
  pollingHash: row.polling_hash ?? undefined,
  keyFingerprint: row.key_fingerprint ?? undefined,
  nextKeyFingerprint: row.next_key_fingerprint ?? undefined,
  device: JSON.parse(row.device) as DeviceFacts,
  commonName: row.common_name ?? undefined,
  origin: row.origin,
  originPath: row.origin_path,
  createdAt: row.created_at,
  expiresAt: row.expires_at,
  dueAt: row.due_at,
  pace: { intervalMs: row.poll_interval_ms, polledAt: row.polled_at ?? undefined },
  leaseOwner: row.owner ?? undefined,
  fencingToken: row.fencing_token,
  leaseUntil: row.lease_until,
  redemptions: row.redemptions,
});

const decisionOf = (row: Row, sealer: Sealer) => ({
  domainId: row.domain_id ?? undefined,
  approval: approvalOf(row, sealer),
  deniedBy: row.denied_by ?? undefined,
  redeemBy: row.redeem_by ?? undefined,
  redeemedAt: row.redeemed_at ?? undefined,
  repeatUntil: row.repeat_until ?? undefined,
  finishedAt: row.finished_at ?? undefined,
  ticket: ticketOf(row),
  outcome: row.outcome === null ? undefined : new Secret(sealer.open(row.outcome, outcomeOf(row.id))),
  undoDue: row.undo_due === 1,
});

function approvalOf({ id, approved_by, approved_at, approval_payload }: Row, sealer: Sealer) {
  if (approved_by === null || approved_at === null || approval_payload === null) return undefined;
  const payload = new Secret(sealer.open(approval_payload, payloadOf(id)));
  return { operator: approved_by, at: approved_at, payload };
}

function ticketOf({ ticket_hash, ticket_expires_at, ticket_key_fingerprint }: Row) {
  if (ticket_hash === null || ticket_expires_at === null) return undefined;
  return {
    hash: ticket_hash,
    expiresAt: ticket_expires_at,
    keyFingerprint: ticket_key_fingerprint ?? undefined,
  };
}

/** What a sealed text is tied to. */
const payloadOf = (id: string): string => `approval payload ${id}`;
const outcomeOf = (id: string): string => `enrolment outcome ${id}`;
