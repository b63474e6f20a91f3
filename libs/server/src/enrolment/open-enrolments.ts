import { CodeIssuance, DEFAULT_SETTINGS, LEGACY_SETTINGS } from '@org/code-issuance';
import { randomIds, systemClock } from '@org/domain';
import { Enrolments } from '@org/enrolment';
import type { Config } from '@org/layout-config';
import type { Provisioner } from '@org/provisioning';
import type { Store } from '@org/store';
import type { BuiltinAuthority } from '../authority/builtin-authority.js';
import { createEnrolmentObserver } from '../observability/enrolment-observer.js';
import type { Logger } from '../observability/logger.js';
import type { Metrics } from '../observability/metrics.js';

/** Renewals that a machine may ask for in a day: many times what any lifetime needs. */
const RENEWALS_PER_DAY = 20;

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
    served: () => authority.served(),
    provisioner,
    clock: systemClock,
    ids: randomIds,
    observer: createEnrolmentObserver(logger, metrics),
    settings: {
      verificationUrl,
      bootstrapUrl,
      renewAfterExpiryMs,
      maxLateRenewals,
      maxRenewalsPerDay: RENEWALS_PER_DAY,
      reissueWithinMs,
    },
  });
}

function codeIssuance({ enrolment }: Config, { codes, hashKey }: Store): CodeIssuance {
  const { codeLifetimeMs, oldDevices, oldDevicesAnyAddress } = enrolment;
  return new CodeIssuance({
    store: codes,
    hashKey,
    settings: {
      terms: { ...DEFAULT_SETTINGS.terms, lifetimeMs: codeLifetimeMs },
      legacy: oldDevices ? { ...LEGACY_SETTINGS, bindAddress: !oldDevicesAnyAddress } : undefined,
    },
  });
}
