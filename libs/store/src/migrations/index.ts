import type { Kysely } from 'kysely';
import { Migrator } from 'kysely/migration';
import { runs } from './2026-11-22-runs.js';
import { certificates } from './2026-11-23-certificates.js';
import { enrolments } from './2026-11-24-enrolments.js';
import { indexes } from './2026-11-25-indexes.js';
import { sealedValues } from './2026-11-30-sealed-values.js';
import { enrolmentNames } from './2026-11-30-enrolment-names.js';
import { leases } from './2026-11-30-leases.js';
import { oneTimeTickets } from './2026-11-30-one-time-tickets.js';
import { pendingLimits } from './2026-11-30-pending-limits.js';
import { rowMacs } from './2026-11-30-row-macs.js';

/** By name, in the order of their names; a name never changes once released. */
const MIGRATIONS = {
  '2026-11-22-runs': runs,
  '2026-11-23-certificates': certificates,
  '2026-11-24-enrolments': enrolments,
  '2026-11-25-indexes': indexes,
  '2026-11-30-sealed-values': sealedValues,
  '2026-11-30-enrolment-names': enrolmentNames,
  '2026-11-30-leases': leases,
  '2026-11-30-one-time-tickets': oneTimeTickets,
  '2026-11-30-pending-limits': pendingLimits,
  '2026-11-30-row-macs': rowMacs,
};

/** Brings the schema up to date, as a whole or not at all; several processes may start at once. */
export async function migrate<T>(db: Kysely<T>): Promise<void> {
  const migrator = new Migrator({ db, provider: { getMigrations: async () => MIGRATIONS } });
  const { error } = await migrator.migrateToLatest();
  if (error) throw error;
}
