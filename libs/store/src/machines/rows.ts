import type { DeviceFacts } from '@org/domain';
import type { Gateway, MachineRecord } from '@org/enrolment';
import type { Selectable } from 'kysely';
import type { MachinesTable } from '../schema.js';
import { RowMac } from '../seal/row-mac.js';
import type { Sealer } from '../seal/sealer.js';

type Row = Selectable<MachinesTable>;

/** All: what a machine is, who may do what with it, and what is removed with it. */
const MAC = new RowMac<Row>('machines', {
  id: true,
  version: true,
  domain_id: true,
  name: true,
  state: true,
  device: true,
  enrolment_id: true,
  binding: true,
  approved_by: true,
  enrolled_at: true,
  gateway: true,
  last_seen_at: true,
  late_renewals: true,
  reissue_by: true,
  reissue_at: true,
  revoked_by: true,
  revoked_at: true,
  revocation_reason: true,
  removal_due: true,
});

export function rowOf(record: MachineRecord, sealer: Sealer): Row {
  const row = fieldsOf(record);
  return { ...row, mac: MAC.of(row, sealer) };
}

const fieldsOf = (record: MachineRecord): Omit<Row, 'mac'> => ({
  id: record.id,
  version: record.version,
  domain_id: record.domainId,
  name: record.name,
  state: record.state,
  device: JSON.stringify(record.device),
  enrolment_id: record.enrolmentId,
  binding: record.binding,
  approved_by: record.approvedBy,
  enrolled_at: record.enrolledAt,
  gateway: record.gateway ? JSON.stringify(record.gateway) : null,
  last_seen_at: record.lastSeenAt ?? null,
  late_renewals: record.lateRenewals,
  reissue_by: record.reissue?.by ?? null,
  reissue_at: record.reissue?.at ?? null,
  revoked_by: record.revocation?.by ?? null,
  revoked_at: record.revocation?.at ?? null,
  revocation_reason: record.revocation?.reason ?? null,
  removal_due: record.removalDue ? 1 : 0,
});

/** @throws ProvisionError internal `state_key_mismatch` for a row that was changed by hand */
export function recordOf(row: Row, sealer: Sealer): MachineRecord {
  MAC.assert(row, sealer);
  return recordFrom(row);
}

const recordFrom = (row: Row): MachineRecord => ({
  id: row.id,
  version: row.version,
  domainId: row.domain_id,
  name: row.name,
  state: row.state,
  device: JSON.parse(row.device) as DeviceFacts,
  enrolmentId: row.enrolment_id,
  binding: row.binding,
  approvedBy: row.approved_by,
  enrolledAt: row.enrolled_at,
  gateway: row.gateway === null ? undefined : gatewayOf(row.gateway),
  lastSeenAt: row.last_seen_at ?? undefined,
  lateRenewals: row.late_renewals,
  reissue: reissueOf(row),
  revocation: revocationOf(row),
  removalDue: row.removal_due === 1,
});

/** JSON leaves out what is undefined. */
function gatewayOf(json: string): Gateway {
  const gateway = JSON.parse(json) as Gateway;
  return { ...gateway, configurationId: gateway.configurationId };
}

function reissueOf({ reissue_by, reissue_at }: Row): MachineRecord['reissue'] {
  if (reissue_by === null || reissue_at === null) return undefined;
  return { by: reissue_by, at: reissue_at };
}

function revocationOf({ revoked_by, revoked_at, revocation_reason }: Row): MachineRecord['revocation'] {
  if (revoked_by === null || revoked_at === null || revocation_reason === null) return undefined;
  return { by: revoked_by, at: revoked_at, reason: revocation_reason };
}
