import type { CertificateState, LogKind, RevocationReason } from '@org/pki';
import type { RunState } from '@org/provisioning';

/** Times are milliseconds since 1970. `sealed` marks text that only the state key opens. */
export interface RunsTable {
  run_id: string;
  domain_id: string;
  external_id: string;
  name: string;
  state: RunState;
  owner: string | null;
  lease_until: number;
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
export interface IssuanceLogHeadTable {
  seq: number;
  hash: string;
}

/** Counted apart from the records, so that the number does not fall when records are cleared away. */
export interface RevocationCountsTable {
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

export interface Schema {
  runs: RunsTable;
  certificates: CertificatesTable;
  signed_certificates: SignedCertificatesTable;
  issuance_log: IssuanceLogTable;
  issuance_log_head: IssuanceLogHeadTable;
  revocation_counts: RevocationCountsTable;
  crls: CrlsTable;
}
