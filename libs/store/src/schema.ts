import type { EnrolmentState, KeyBinding, RevocationReason } from '@org/domain';
import type { Machine } from '@org/enrolment';
import type { CertificateState, LogKind } from '@org/pki';
import type { RunState } from '@org/provisioning';
import type { LeaseColumns } from './lease/leases.js';

/** Times are milliseconds since 1970. `sealed` marks text that only the state key opens. */
export interface RunsTable extends LeaseColumns {
  run_id: string;
  domain_id: string;
  external_id: string;
  name: string;
  state: RunState;
  next_attempt_at: number;
  attempts: number;
  started_at: number;
  /** sealed JSON of the plan */
  plan: string;
  /** sealed */
  caller_token: string | null;
  /** keyed hash */
  idempotency_key: string | null;
  /** keyed hash */
  request_hash: string | null;
  /** sealed JSON of the result */
  result: string | null;
  keep_until: number;
  /** JSON: ids and reasons, no secrets */
  leftovers: string;
  leftover_count: number;
}

/** What the platform can never remove of a run. Times as above; no secrets. */
export interface RemnantsTable {
  run_id: string;
  domain_id: string;
  external_id: string;
  found_at: number;
  /** JSON: ids and reasons */
  items: string;
  item_count: number;
  acknowledged_at: number | null;
  acknowledged_by: string | null;
}

/** Times as above; serials and hashes are lower-case hex, certificates DER. */
export interface CertificatesTable {
  /** That of the log entry `intended`: the order of recording. */
  seq: number;
  serial: string;
  issuer_id: string;
  profile: string;
  machine_id: string;
  key_fingerprint: string;
  not_before: number;
  not_after: number;
  tbs: Uint8Array;
  recorded_at: number;
  state: CertificateState;
  used_at: number | null;
  revoked_at: number | null;
  revocation_reason: RevocationReason | null;
}

export interface SignedCertificatesTable {
  /** That of `certificates`. */
  seq: number;
  certificate: Uint8Array;
  fingerprint: string;
}

/** Only ever added to. */
export interface IssuanceLogTable {
  seq: number;
  at: number;
  kind: LogKind;
  serial: string;
  content_hash: string;
  previous_hash: string;
  hash: string;
}

/** One row: the log's last entry. */
interface IssuanceLogHeadTable {
  seq: number;
  hash: string;
}

/** Counted apart from the records, so that the number does not fall when records are cleared away. */
interface RevocationCountsTable {
  issuer_id: string;
  revocations: number;
}

/** The latest list of each issuer. */
export interface CrlsTable {
  issuer_id: string;
  number: number;
  revocation_count: number;
  this_update: number;
  next_update: number;
  der: Uint8Array;
}

/** Times as above; hashes are keyed. */
export interface EnrolmentsTable extends LeaseColumns {
  id: string;
  version: number;
  state: EnrolmentState;
  binding: KeyBinding;
  code_hash: string;
  polling_hash: string | null;
  key_fingerprint: string | null;
  next_key_fingerprint: string | null;
  /** JSON of what the device says of itself */
  device: string;
  common_name: string | null;
  origin: string;
  origin_path: string;
  created_at: number;
  expires_at: number;
  due_at: number;
  poll_interval_ms: number;
  polled_at: number | null;
  redemptions: number;
  domain_id: string | null;
  approved_by: string | null;
  approved_at: number | null;
  /** sealed */
  approval_payload: string | null;
  denied_by: string | null;
  redeem_by: number | null;
  redeemed_at: number | null;
  repeat_until: number | null;
  finished_at: number | null;
  ticket_hash: string | null;
  ticket_expires_at: number | null;
  ticket_key_fingerprint: string | null;
  /** sealed */
  outcome: string | null;
  undo_due: Flag;
  /** Of the columns that go together: see `rows.ts`. */
  mac: string;
}

/** SQLite has no booleans. */
type Flag = 0 | 1;

export interface AttemptBucketsTable {
  key: string;
  busy_until: number;
}

interface KnownOperatorsTable {
  operator_hash: string;
  known_until: number;
}

/** Who asked about which codes of legacy devices. */
export interface CodeAsksTable {
  code_hash: string;
  address: string;
  address_path: string;
  asked_at: number;
}

/** Times as above. No secrets. */
export interface MachinesTable {
  /** Of all other columns. */
  mac: string;
  id: string;
  version: number;
  domain_id: string;
  name: string;
  state: Machine['state'];
  /** JSON of what the device says of itself */
  device: string;
  enrolment_id: string;
  binding: KeyBinding;
  approved_by: string;
  enrolled_at: number;
  /** JSON of ids */
  gateway: string | null;
  last_seen_at: number | null;
  late_renewals: number;
  reissue_by: string | null;
  reissue_at: number | null;
  revoked_by: string | null;
  revoked_at: number | null;
  revocation_reason: RevocationReason | null;
  removal_due: Flag;
}

/** What an installation has one of. */
interface SealedValuesTable {
  name: string;
  /** sealed */
  value: string;
  /** From then on it may be cleared away; null: never */
  expires_at: number | null;
}

/** One row for each thing that one writer at a time may do. */
interface MutexesTable {
  name: string;
}

export interface Schema {
  runs: RunsTable;
  remnants: RemnantsTable;
  certificates: CertificatesTable;
  signed_certificates: SignedCertificatesTable;
  issuance_log: IssuanceLogTable;
  issuance_log_head: IssuanceLogHeadTable;
  revocation_counts: RevocationCountsTable;
  crls: CrlsTable;
  enrolments: EnrolmentsTable;
  attempt_buckets: AttemptBucketsTable;
  known_operators: KnownOperatorsTable;
  code_asks: CodeAsksTable;
  machines: MachinesTable;
  sealed_values: SealedValuesTable;
  mutexes: MutexesTable;
}
