import * as kinds from '../kinds.js';
import { setting } from './setting.js';

/** What is kept. */
export const STATE = {
  statePath: setting({
    key: 'state.path',
    env: ['MG_PROVISION_STATE_PATH'],
    kind: kinds.text,
    default: 'provision.db',
    doc: 'SQLite file that holds the state.',
  }),
  stateKey: setting({
    key: 'state.key',
    env: ['MG_PROVISION_STATE_KEY'],
    kind: kinds.key32,
    doc: 'Seals secrets in it: 32 bytes, hexadecimal or base64. A key file beside it when not set.',
  }),
  databaseUrl: setting({
    key: 'state.database_url',
    env: ['MG_PROVISION_DATABASE_URL'],
    kind: kinds.postgresUrl,
    doc: 'PostgreSQL database to hold it instead, shared by any number of replicas; needs the state key.',
  }),
  recoveryLeaseMs: setting({
    key: 'state.recovery_lease',
    env: ['MG_PROVISION_RECOVERY_LEASE'],
    kind: kinds.wait(1),
    default: '15s',
    doc: 'How long a process that no longer renews its leases keeps its runs, approvals and redemptions before another takes them over. Longer than MG_PROVISION_OUTBOUND_TIMEOUT, by a ninth at least.',
  }),
  recoverySettleMs: setting({
    key: 'state.recovery_settle',
    env: ['MG_PROVISION_RECOVERY_SETTLE'],
    kind: kinds.wait(0),
    default: '2m',
    doc: 'When to look again for what calls without a response may have created. Until then such a call is not cut off. Longer than every outbound time limit.',
  }),
  maxClockOffsetMs: setting({
    key: 'state.max_clock_offset',
    env: ['MG_PROVISION_MAX_CLOCK_OFFSET'],
    kind: kinds.wait(1),
    default: '30s',
    doc: "How far this machine's clock may be from PostgreSQL's before this replica is no longer ready.",
  }),
};
