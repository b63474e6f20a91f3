import { CodeIssuance, DEFAULT_SETTINGS, LEGACY_SETTINGS, type LegacySettings } from '@org/code-issuance';
import { parseDuration, randomIds } from '@org/domain';
import { Enrolments } from '@org/enrolment';
import type { Config } from '@org/layout-config';
import type { Provisioner } from '@org/provisioning';
import type { Store } from '@org/store';
import type { BuiltinAuthority } from '../authority/builtin-authority.js';
import { createEnrolmentObserver } from '../observability/enrolment-observer.js';
import type { Logger } from '../observability/logger.js';
import type { OnLimit } from '../observability/limits.js';
import type { Metrics } from '../observability/metrics.js';
import { type Tracer, traceMethods } from '../tracing/tracer.js';

const DAY_MS = 86_400_000;
/** What a machine may ask for in a day in any case: devices that are tried out renew by hand. */
const RENEWALS_PER_DAY = 20;

/** Twice what a machine needs, which renews at two thirds of its certificate's life. */
const renewalsPerDay = (lifetimeMs: number): number =>
  Math.max(RENEWALS_PER_DAY, Math.ceil((3 * DAY_MS) / lifetimeMs));

interface EnrolmentsOptions {
  readonly config: Config;
  readonly store: Store;
  readonly authority: BuiltinAuthority;
  /** Undefined without a platform. */
  readonly provisioner: Provisioner | undefined;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly onLimit: OnLimit;
  readonly tracer: Tracer;
}

/** Wires enrolment by code; not started. */
export function openEnrolments(options: EnrolmentsOptions): Enrolments {
  const { config, authority, store, provisioner, logger, metrics, tracer } = options;
  const { verificationUrl, bootstrapUrl, reissueWithinMs, renewAfterExpiryMs, maxLateRenewals } =
    config.enrolment;
  const enrolments = new Enrolments({
    codes: codeIssuance(options),
    attempts: store.codes,
    machines: store.machines,
    issuer: authority.issuer,
    certificates: authority.store,
    anchors: () => authority.anchors(),
    provisioner,
    clock: store.clock,
    ids: randomIds,
    observer: createEnrolmentObserver(logger, metrics, tracer),
    settings: {
      verificationUrl,
      bootstrapUrl,
      renewAfterExpiryMs,
      maxLateRenewals,
      maxRenewalsPerDay: renewalsPerDay(parseDuration(config.provisioning.certTtl)!),
      reissueWithinMs,
    },
  });
  traceMethods(tracer, enrolments, { prefix: 'enrolment', methods: TRACED });
  return enrolments;
}

/** What devices and operators do; polls are too many to be of use. */
const TRACED = [
  'begin',
  'lookUp',
  'approve',
  'deny',
  'redeem',
  'sign',
  'renew',
  'checkIn',
  'revoke',
  'reissue',
  'deprovision',
] as const;

function codeIssuance({ config, store, onLimit }: EnrolmentsOptions): CodeIssuance {
  const { codeLifetimeMs, legacyDevices } = config.enrolment;
  const { limits, recovery } = config;
  return new CodeIssuance({
    store: store.codes,
    hashKey: store.hashKey,
    clock: store.clock,
    settings: {
      leaseMs: recovery.leaseMs,
      terms: { ...DEFAULT_SETTINGS.terms, lifetimeMs: codeLifetimeMs },
      pending: {
        overAll: limits.pending,
        site: limits.pendingPer48,
        network: limits.pendingPer56,
        address: limits.pendingPerAddress,
      },
      shortCodes: limits.shortCodes,
      legacy: legacyDevices ? legacySettings(config) : undefined,
    },
    onDisplaced: ({ limit, origin }) => onLimit(`pending_${limit}`, { address: origin }),
  });
}

function legacySettings({ enrolment, limits }: Config): LegacySettings {
  // An IPv6 site counts as one address: so many codes are enough for anybody.
  const { askedCodes: overAll, askedCodesPerAddress: one } = limits;
  const asked = { overAll, site: one, network: one, address: one };
  return { ...LEGACY_SETTINGS, bindAddress: !enrolment.legacyDevicesAnyAddress, asked };
}
