import { runs } from './2026-11-22-runs.js';
import { certificates } from './2026-11-23-certificates.js';
import { enrolments } from './2026-11-24-enrolments.js';
import { indexes } from './2026-11-25-indexes.js';
import { sealedValues } from './2026-11-30-sealed-values.js';
import { enrolmentNames } from './2026-11-30-enrolment-names.js';
import { leases } from './2026-11-30-leases.js';
import { oneTimeTickets } from './2026-11-30-one-time-tickets.js';
import { pendingLimits, pendingLimitsIndex } from './2026-11-30-pending-limits.js';
import { remnants } from './2026-11-30-remnants.js';
import { rowMacs } from './2026-11-30-row-macs.js';
import { certificatesInUse } from './2026-12-01-certificates-in-use.js';
import type { Migrations } from './migration.js';

/** All that this app knows of. */
export const MIGRATIONS: Migrations = {
  '2026-11-22-runs': runs,
  '2026-11-23-certificates': certificates,
  '2026-11-24-enrolments': enrolments,
  '2026-11-25-indexes': indexes,
  '2026-11-30-sealed-values': sealedValues,
  '2026-11-30-enrolment-names': enrolmentNames,
  '2026-11-30-leases': leases,
  '2026-11-30-one-time-tickets': oneTimeTickets,
  '2026-11-30-pending-limits': pendingLimits,
  '2026-11-30-pending-limits-index': pendingLimitsIndex,
  '2026-11-30-remnants': remnants,
  '2026-11-30-row-macs': rowMacs,
  '2026-12-01-certificates-in-use': certificatesInUse,
};
