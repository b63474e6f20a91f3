import { randomUUID } from 'node:crypto';
import type { Clock } from '@org/domain';
import type { Enrolments } from '@org/enrolment';
import type { Config } from '@org/layout-config';
import type { Certificates, RunJournal, Provisioner, Remnants } from '@org/provisioning';
import type { Store } from '@org/store';
import { type BuiltinAuthority, openBuiltinAuthority } from './authority/builtin-authority.js';
import { type Callers, createCallers } from './callers/callers.js';
import { openConfiguredStore } from './configuration/open-store.js';
import { openEnrolments } from './enrolment/open-enrolments.js';
import { checkClock } from './clock-check.js';
import { type BuildFacts, type Health, type Readiness, checkReadiness, healthOf } from './health.js';
import { type OnLimit, createOnLimit } from './observability/limits.js';
import { logGrpcMessages } from './observability/grpc-log.js';
import { type Logger, createLogger } from './observability/logger.js';
import { Metrics } from './observability/metrics.js';
import { watchDatabase, watchEnrolments, watchIssued, watchRuns } from './observability/stored-metrics.js';
import { assertNoApiKeys } from './platform/own-credentials.js';
import { logTroubles } from './observability/trouble.js';
import { PLATFORM_OFF } from './platform/platform-off.js';
import { openProvisioning } from './platform/provisioning.js';
import { coalesce } from './coalesce.js';
import { openTracing } from './tracing/open-tracing.js';
import { type Tracer, traceMethods } from './tracing/tracer.js';
import { VERSION } from './version.js';

/** The use cases of the product, wired: what the apps serve. */
export interface Server {
  readonly config: Config;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly tracer: Tracer;
  /** The code that enforces a limit calls it; refusals of use cases (`limitOf`) are told by the apps' error filters. */
  readonly onLimit: OnLimit;
  /** Refuses everything (not_found `platform_off`) where there is no platform, and so do `certificates`. */
  readonly provisioner: Pick<Provisioner, 'active' | 'provision'>;
  readonly journal: RunJournal;
  readonly remnants: Remnants;
  readonly callers: Callers;
  readonly certificates: Certificates;
  /** This product's own authority; undefined where Magistrala's certs service issues. */
  readonly authority: BuiltinAuthority | undefined;
  /** Undefined where enrolment is off. */
  readonly enrolments: Enrolments | undefined;
  /** Whether a request without a token may use the service's own credentials. */
  readonly acceptsAnonymous: boolean;
  /** The time of day for all who share the database. */
  readonly clock: Clock;
  health(): Health;
  readiness(): Promise<Readiness>;
  /**
   * Refuses new runs and lets those under way end, for at most the configured drain time. All else goes on: requests
   * under way are still to be answered. May be repeated.
   */
  drain(): Promise<void>;
  /** Drains, then closes everything; no request may be under way any more. */
  close(): Promise<void>;
}

interface ServerOptions {
  readonly config: Config;
  /** Of the app, for logs and traces; `provision` by default. */
  readonly name?: string;
  readonly build?: BuildFacts;
  readonly logger?: Logger;
}

/**
 * Opens the state, wires the use cases, and begins to recover what earlier processes left. Needs no other
 * service to be there yet.
 *
 * @throws ProvisionError `invalid` for settings that only show themselves to be wrong in use
 */
export async function openServer({
  config,
  name = 'provision',
  build = {},
  logger = createLogger(config.server.logLevel, { service: name, format: config.server.logFormat }),
}: ServerOptions): Promise<Server> {
  if (config.platform !== 'none') assertNoApiKeys(config);
  logGrpcMessages(logger);
  const metrics = new Metrics();
  const instanceId = config.server.instanceId ?? randomUUID();
  const trouble = logTroubles(logger);
  const tracer = await openTracing({
    tracing: config.tracing,
    service: name,
    version: VERSION,
    instanceId,
    onResult: (result, count) => metrics.spans.inc({ result }, count),
    onFailure: (error) => trouble('export of traces', error),
  });
  const store = await openConfiguredStore(config.state, (message) => logger.info(message));
  watchRuns(metrics, store);
  watchDatabase(metrics, store);
  const clockOffset = () => Date.now() - store.clock.now();
  if (config.state.url) metrics.watchClock(clockOffset);
  const authority = config.authority.builtin
    ? await openBuiltinAuthority({ config, store, clock: store.clock, logger, metrics }).catch(closing(store))
    : undefined;
  if (authority) traceMethods(tracer, authority.issuer, { prefix: 'certificate', methods: ['issue'] });
  const onLimit = createOnLimit(logger, metrics);
  const shared = { config, store, logger, metrics, onLimit, tracer };
  const provisioning = config.platform === 'none' ? undefined : openProvisioning({ ...shared, authority });
  const { provisioner, certificates } = provisioning ?? PLATFORM_OFF;
  const hasOwnCredentials = provisioning?.hasOwnCredentials ?? false;
  const enrolments =
    authority && config.enrolment.enabled
      ? openEnrolments({ ...shared, authority, provisioner: provisioning?.provisioner })
      : undefined;
  if (authority) watchIssued(metrics, store);
  if (enrolments) watchEnrolments(metrics, enrolments);
  if (provisioning) metrics.watchActive(provisioning.provisioner);
  provisioning?.provisioner.start();
  enrolments?.start();
  const probes = {
    store: () => store.ping(),
    ...(config.state.url && { clock: () => checkClock(clockOffset(), config.state.maxClockOffsetMs) }),
    ...provisioning?.probes,
  };
  let draining: Promise<unknown> | undefined;
  let drainingUntil = 0;
  // At the same time: what upkeep does on the platform ends when its runs do.
  const drain = async () => {
    drainingUntil ||= performance.now() + config.server.drainMs;
    draining ??= Promise.all([enrolments?.close(), provisioning?.provisioner.close(config.server.drainMs)]);
    await draining;
  };
  return {
    config,
    logger,
    metrics,
    tracer,
    onLimit,
    provisioner,
    journal: store.journal,
    remnants: store.remnants,
    callers: createCallers({
      operators: config.enrolment.operators,
      members: provisioning?.members,
      hasOwnCredentials,
    }),
    certificates,
    authority,
    enrolments,
    acceptsAnonymous: hasOwnCredentials && config.server.allowAnonymous,
    clock: store.clock,
    health: () => healthOf(instanceId, build),
    readiness: coalesce(() => checkReadiness(probes)),
    drain,
    async close() {
      await drain();
      authority?.close();
      await provisioning?.disconnect(Math.max(0, drainingUntil - performance.now()));
      await store.close();
      await tracer.close();
    },
  };
}

/** For `catch`: nothing stays open when the rest cannot be opened. */
const closing =
  (store: Store) =>
  async (error: unknown): Promise<never> => {
    await store.close();
    throw error;
  };
