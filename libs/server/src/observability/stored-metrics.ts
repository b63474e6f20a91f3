import type { Clock } from '@org/domain';
import type { Enrolments } from '@org/enrolment';
import type { CertificateStore } from '@org/pki';
import type { RunJournal, Remnants } from '@org/provisioning';
import type { Store } from '@org/store';
import { Counter } from 'prom-client';
import { coalesce } from '../coalesce.js';
import type { Metrics } from './metrics.js';
import { sparingly } from './sparingly.js';

const DAY_MS = 86_400_000;
const RUN_STATES = ['running', 'removing', 'settling'] as const;
const ENROLMENT_STATES = ['pending', 'approving', 'approved', 'redeeming'] as const;
const MACHINE_STATES = ['active', 'revoked'] as const;
/** Of certificates that devices and clients of the platform have. */
const PROFILES = ['device', 'client'] as const;
/** The last 30 days, then what is left of certificates that are still valid. */
const EXPIRY_DAYS = [-30, 0, 1, 7, 30] as const;

/** Adds gauges that are read from the journal at each scrape, and one that tells whether that worked. */
export function watchRuns(
  metrics: Metrics,
  { journal, remnants }: { journal: Pick<RunJournal, 'counts'>; remnants: Pick<Remnants, 'count'> },
): void {
  const counts = coalesce(() => journal.counts());
  const isUp = () =>
    counts().then(
      () => 1,
      () => 0,
    );
  metrics.read(isUp, {
    name: 'provision_database_up',
    help: 'Whether the database answered this scrape: 1 or 0. Metrics read from it are absent when it did not',
    show: (gauge, up) => gauge.set(up),
  });
  metrics.read(counts, {
    name: 'provision_journal_runs',
    help: 'Runs not ended, by state: running, removing, settling',
    labelNames: ['state'],
    show(gauge, runs) {
      for (const state of RUN_STATES) gauge.set({ state }, runs[state]);
    },
  });
  metrics.read(counts, {
    name: 'provision_leftovers',
    help: 'Resources of failed runs that could not be removed yet',
    show: (gauge, { leftovers }) => gauge.set(leftovers),
  });
  metrics.read(
    coalesce(() => remnants.count()),
    {
      name: 'provision_remnants',
      help: "Resources of failed runs that the platform's API can never remove and that no operator has acknowledged",
      show: (gauge, count) => gauge.set(count),
    },
  );
}

/** Adds gauges of what waits for its end, which is bounded, at each scrape; and of all machines, sparingly. */
export function watchEnrolments(
  metrics: Metrics,
  enrolments: Pick<Enrolments, 'countEnrolments' | 'countMachines'>,
): void {
  metrics.read(
    coalesce(() => enrolments.countEnrolments()),
    {
      name: 'provision_enrolments',
      help: 'Enrolments on record that have not ended, by state: pending (its code waits for approval), approving, approved, redeeming',
      labelNames: ['state'],
      show(gauge, live) {
        for (const state of ENROLMENT_STATES) gauge.set({ state }, live[state] ?? 0);
      },
    },
  );
  metrics.read(
    sparingly(() => enrolments.countMachines()),
    {
      name: 'provision_machines',
      help: 'Enrolled machines, by state: active, revoked. Where counting takes more than 20 ms, the numbers are up to ten minutes old',
      labelNames: ['state'],
      show(gauge, machines) {
        for (const state of MACHINE_STATES) gauge.set({ state }, machines[state] ?? 0);
      },
    },
  );
}

interface IssuedWatch {
  readonly certificates: Pick<CertificateStore, 'countEnding'>;
  readonly clock: Pick<Clock, 'now'>;
}

/** Adds gauges of the certificates in use that end soon or have ended, counted sparingly. */
export function watchIssued(metrics: Metrics, { certificates, clock }: IssuedWatch): void {
  const counts = sparingly(async () => {
    const now = clock.now();
    const bounds = EXPIRY_DAYS.map((days) => now + days * DAY_MS);
    return Promise.all(PROFILES.map((profile) => certificates.countEnding(profile, bounds)));
  });
  metrics.read(counts, {
    name: 'provision_certificates_expiring',
    help: 'Valid certificates in use that end within 1d, 7d or 30d, by profile: device, client (of the platform). A renewed or revoked one does not count. Counted as machines are',
    labelNames: ['profile', 'within'],
    show(gauge, found) {
      for (const [n, profile] of PROFILES.entries()) {
        const [, ...ending] = found[n]!;
        const days = EXPIRY_DAYS.slice(2);
        let sum = 0;
        for (const [k, count] of ending.entries())
          gauge.set({ profile, within: `${days[k]}d` }, (sum += count));
      }
    },
  });
  metrics.read(counts, {
    name: 'provision_certificates_expired',
    help: 'Certificates that ended in the last 30 days, neither renewed nor revoked before, by profile: device, client',
    labelNames: ['profile'],
    show(gauge, found) {
      for (const [n, profile] of PROFILES.entries()) gauge.set({ profile }, found[n]![0]!);
    },
  });
}

/** Adds metrics of the database itself and of this process's way to it. */
export function watchDatabase(
  metrics: Metrics,
  { activity, sizeBytes }: Pick<Store, 'activity' | 'sizeBytes'>,
): void {
  new Counter({
    name: 'provision_database_errors_total',
    help: 'Times that the database did not do what it was asked: away, full, too busy, too slow',
    registers: [metrics.registry],
    collect() {
      this.reset();
      this.inc(activity.outages);
    },
  });
  metrics.read(sparingly(sizeBytes), {
    name: 'provision_database_size_bytes',
    help: 'What the database takes up on its disk; of SQLite without its write-ahead log',
    show: (gauge, bytes) => gauge.set(bytes),
  });
  const { pool } = activity;
  if (!pool) return;
  metrics.read(() => pool, {
    name: 'provision_database_connections',
    help: 'Connections of this process to PostgreSQL, by state: busy, idle',
    labelNames: ['state'],
    show(gauge, { totalCount, idleCount }) {
      gauge.set({ state: 'busy' }, totalCount - idleCount);
      gauge.set({ state: 'idle' }, idleCount);
    },
  });
  metrics.read(() => pool, {
    name: 'provision_database_connections_max',
    help: 'Connections that this process may have to PostgreSQL',
    show: (gauge, { options }) => gauge.set(options.max),
  });
  metrics.read(() => pool, {
    name: 'provision_database_waiting_queries',
    help: 'Queries of this process that wait for a connection to PostgreSQL',
    show: (gauge, { waitingCount }) => gauge.set(waitingCount),
  });
}
