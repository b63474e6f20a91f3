import { X509Certificate } from 'node:crypto';
import type { LogHead } from '@org/pki';
import type { StepName } from '@org/provisioning';
import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client';

const SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

/** Hexadecimal digits that a number holds exactly. */
const HEAD_DIGITS = 12;

/** What `/metrics` shows. Labels come from fixed sets: no ids, no names. */
export class Metrics {
  readonly registry = new Registry();
  readonly #registers = [this.registry];
  #issuanceLog: ReturnType<typeof issuanceLogGauges> | undefined;

  readonly requests = new Histogram({
    name: 'http_request_duration_seconds',
    help: 'Requests, by method, route and status',
    labelNames: ['method', 'route', 'status'],
    buckets: SECONDS,
    registers: this.#registers,
  });
  readonly grpcRequests = new Histogram({
    name: 'grpc_request_duration_seconds',
    help: 'Calls, by method (service/method) and status (its name, such as OK)',
    labelNames: ['method', 'status'],
    buckets: SECONDS,
    registers: this.#registers,
  });
  readonly provisions = new Counter({
    name: 'provision_runs_total',
    help: 'Provisioning runs ended: completed, failed (removed again), refused, recovered, replayed, unknown (another replica finishes it)',
    labelNames: ['outcome'],
    registers: this.#registers,
  });
  readonly duration = new Histogram({
    name: 'provision_run_duration_seconds',
    help: 'Time from a request to its run being complete or removed, by outcome',
    labelNames: ['outcome'],
    buckets: SECONDS,
    registers: this.#registers,
  });
  readonly steps = new Histogram({
    name: 'provision_step_duration_seconds',
    help: 'Time of a provisioning step, by step and outcome: ok, found_done (timed out, but had taken effect), failed',
    labelNames: ['step', 'outcome'],
    buckets: SECONDS,
    registers: this.#registers,
  });
  readonly rollbacks = new Counter({
    name: 'provision_rollbacks_total',
    help: 'Rollbacks of failed runs, by result: clean, leftovers',
    labelNames: ['result'],
    registers: this.#registers,
  });
  readonly enrolmentEvents = new Counter({
    name: 'provision_enrolment_events_total',
    help: 'Events of enrolments: begun, approved, denied, expired, dropped, redeemed',
    labelNames: ['event'],
    registers: this.#registers,
  });
  readonly machineEvents = new Counter({
    name: 'provision_machine_events_total',
    help: 'Events of enrolled machines: renewed, renewed_late (with an expired certificate), reissued, reissue_asked, revoked, not_recorded (a certificate of ours without a record, as after a restore)',
    labelNames: ['event'],
    registers: this.#registers,
  });
  readonly limitsReached = new Counter({
    name: 'provision_limits_reached_total',
    help: 'Times that a limit refused or cut something off, by limit (docs/reference/limits.md)',
    labelNames: ['limit'],
    registers: this.#registers,
  });
  readonly certificateEnds = new Gauge({
    name: 'provision_certificate_expiration_timestamp_seconds',
    help: 'When a certificate that this app itself uses ends, in seconds since 1970: root and issuing (of its authority), server (for TLS), auth_client (to the auth service)',
    labelNames: ['certificate'],
    registers: this.#registers,
  });
  readonly spans = new Counter({
    name: 'provision_spans_total',
    help: 'Spans of traces, by result: exported, failed (the collector did not take them), dropped (too many waited)',
    labelNames: ['result'],
    registers: this.#registers,
  });
  readonly tokenRefreshes = new Counter({
    name: 'provision_token_refreshes_total',
    help: "Times the service's own token was fetched, by how (login, refresh) and outcome: ok, failed",
    labelNames: ['how', 'outcome'],
    registers: this.#registers,
  });
  readonly upstream = new Histogram({
    name: 'upstream_request_duration_seconds',
    help: 'Attempts of calls to the platform, by service, operation and status (0: no response)',
    labelNames: ['service', 'operation', 'status'],
    buckets: SECONDS,
    registers: this.#registers,
  });

  constructor() {
    collectDefaultMetrics({ register: this.registry });
  }

  /** Adds a gauge of the configurations that are created at once, and of how many may be. */
  watchConfigurations(limit: {
    readonly ceiling: number;
    readonly underWay: number;
    readonly waiting: number;
  }): void {
    new Gauge({
      name: 'upstream_configurations',
      help: 'Bootstrap configurations being created: under_way, waiting, and the ceiling of both, which adapts to how fast the platform responds',
      labelNames: ['what'],
      registers: this.#registers,
      collect() {
        this.set({ what: 'ceiling' }, limit.ceiling);
        this.set({ what: 'under_way' }, limit.underWay);
        this.set({ what: 'waiting' }, limit.waiting);
      },
    });
  }

  /** Adds a gauge of the runs of this process. */
  watchActive(runs: { readonly active: number }): void {
    this.read(() => runs.active, {
      name: 'provision_runs_in_progress',
      help: 'Runs that this process works on for a caller who waits',
      show: (gauge, active) => gauge.set(active),
    });
  }

  /** Adds a gauge of the calls to the platform that no one waits for any more, and that are not cut off. */
  watchAbandoned(calls: { readonly count: number }): void {
    new Gauge({
      name: 'upstream_abandoned_requests',
      help: 'Writes to the platform still in flight after their caller stopped waiting',
      registers: this.#registers,
      collect() {
        this.set(calls.count);
      },
    });
  }

  /** Adds a gauge of how far this machine's clock is ahead of the database's, in milliseconds. */
  watchClock(offsetMs: () => number): void {
    this.read(offsetMs, {
      name: 'provision_clock_offset_seconds',
      help: "How far this machine's clock is ahead of the database's",
      show: (gauge, offset) => gauge.set(offset / 1_000),
    });
  }

  /** Shows where the issuance log stood when its head was last signed; nothing before that. */
  logHead({ intact, head }: { readonly intact: boolean; readonly head?: LogHead }): void {
    const { isIntact, entries, hash } = (this.#issuanceLog ??= issuanceLogGauges(this.#registers));
    isIntact.set(intact ? 1 : 0);
    if (!head) return;
    entries.set(head.seq);
    hash.set(Number.parseInt(head.hash.slice(0, HEAD_DIGITS), 16));
  }

  observeStep(step: StepName, outcome: string, ms: number): void {
    this.steps.observe({ step, outcome }, ms / 1000);
  }

  /**
   * Shows when a certificate of this app ends.
   *
   * @param pem the first of several counts; or DER
   */
  showCertificate(certificate: OwnCertificateName, pem: string | Uint8Array): void {
    this.certificateEnds.set({ certificate }, Date.parse(new X509Certificate(pem).validTo) / 1_000);
  }

  /** Adds a gauge that shows what a look finds; when that fails it shows nothing, and all others what they have. */
  read<T, L extends string = never>(look: () => Promise<T> | T, gauge: ReadGauge<T, L>): void {
    const { name, help, labelNames = [], show } = gauge;
    new Gauge<L>({
      name,
      help,
      labelNames,
      registers: this.#registers,
      async collect() {
        try {
          show(this, await look());
        } catch {
          this.reset();
          // Of a gauge without labels that makes a zero.
          this.remove({});
        }
      },
    });
  }
}

type OwnCertificateName = 'root' | 'issuing' | 'server' | 'auth_client';

function issuanceLogGauges(registers: Registry[]) {
  return {
    isIntact: new Gauge({
      name: 'provision_issuance_log_intact',
      help: 'Whether the issuance log still holds its last signed head: 1 or 0',
      registers,
    }),
    entries: new Gauge({
      name: 'provision_issuance_log_entries',
      help: 'Entries of the issuance log at its last signed head',
      registers,
    }),
    hash: new Gauge({
      name: 'provision_issuance_log_head',
      help: 'The first 48 bits of the hash of that head, as a number',
      registers,
    }),
  };
}

export interface ReadGauge<T, L extends string> {
  readonly name: string;
  readonly help: string;
  readonly labelNames?: readonly L[];
  show(gauge: Gauge<L>, found: T): void;
}
