import { CodeIssuance, DEFAULT_SETTINGS, LEGACY_SETTINGS } from '@org/code-issuance';
import { parseDuration, randomIds } from '@org/domain';
import { Enrolments } from '@org/enrolment';
import type { Config } from '@org/layout-config';
import type { Provisioner } from '@org/provisioning';
import type { Store } from '@org/store';
import type { BuiltinAuthority } from '../authority/builtin-authority.js';
import { createEnrolmentObserver } from '../observability/enrolment-observer.js';
import type { Logger } from '../observability/logger.js';
import type { Metrics } from '../observability/metrics.js';

const DAY_MS = 86_400_000;
/** What a machine may ask for in a day in any case: devices that are tried out renew by hand. */
const RENEWALS_PER_DAY = 20;

/** Twice what a machine needs, which renews at two thirds of its certificate's life. */
const renewalsPerDay = (lifetimeMs: number): number =>
  Math.max(RENEWALS_PER_DAY, Math.ceil((3 * DAY_MS) / lifetimeMs));

export interface EnrolmentsOptions {
  readonly config: Config;
  readonly store: Store;
  readonly authority: BuiltinAuthority;
  /** Undefined without a platform. */
  readonly provisioner: Provisioner | undefined;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

/** Wires enrolment by code; not started. */
export function openEnrolments(options: EnrolmentsOptions): Enrolments {
  const { config, store, authority, provisioner, logger, metrics } = options;
  const { verificationUrl, bootstrapUrl, reissueWithinMs, renewAfterExpiryMs, maxLateRenewals } =
    config.enrolment;
  return new Enrolments({
    codes: codeIssuance(config, store),
    attempts: store.codes,
    machines: store.machines,
    issuer: authority.issuer,
    certificates: authority.store,
    anchors: () => authority.anchors(),
    provisioner,
    clock: store.clock,
    ids: randomIds,
    observer: createEnrolmentObserver(logger, metrics),
    settings: {
      verificationUrl,
      bootstrapUrl,
      renewAfterExpiryMs,
      maxLateRenewals,
      maxRenewalsPerDay: renewalsPerDay(parseDuration(config.provisioning.certTtl)!),
      reissueWithinMs,
    },
  });
}

function codeIssuance({ enrolment, recovery }: Config, { codes, hashKey, clock }: Store): CodeIssuance {
  const { codeLifetimeMs, oldDevices, oldDevicesAnyAddress } = enrolment;
  return new CodeIssuance({
    store: codes,
    hashKey,
    clock,
    settings: {
      leaseMs: recovery.leaseMs,
      terms: { ...DEFAULT_SETTINGS.terms, lifetimeMs: codeLifetimeMs },
      legacy: oldDevices ? { ...LEGACY_SETTINGS, bindAddress: !oldDevicesAnyAddress } : undefined,
    },
  });
}
