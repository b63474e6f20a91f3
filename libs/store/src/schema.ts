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

export interface Schema {
  runs: RunsTable;
}
