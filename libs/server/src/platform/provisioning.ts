import { randomIds } from '@org/domain';
import type { Config, OwnCredentials } from '@org/layout-config';
import { AdaptiveLimit, magistralaCertificates, magistralaPlatform } from '@org/platform-magistrala';
import { type Certificates, Provisioner, createCertificates } from '@org/provisioning';
import type { Store } from '@org/store';
import type { BuiltinAuthority } from '../authority/builtin-authority.js';
import { type Members, createMembers } from '../callers/members.js';
import { assertLasts, neededMs } from '../callers/lasting.js';
import { createOwnToken } from '../callers/own-token.js';
import type { Logger } from '../observability/logger.js';
import type { Metrics } from '../observability/metrics.js';
import { createObserver } from '../observability/observer.js';
import { type Tracer, traceMethods } from '../tracing/tracer.js';
import { builtinCertificates } from './builtin-certificates.js';
import { checkOwnCredentials } from './own-credentials.js';
import { connectServices, probesOf } from './services.js';

/** Provisioning on Magistrala. */
interface Provisioning {
  readonly provisioner: Provisioner;
  readonly certificates: Certificates;
  readonly members: Members;
  /** Whether the service has credentials of its own that serve callers. */
  readonly hasOwnCredentials: boolean;
  readonly probes: Readonly<Record<string, () => Promise<unknown>>>;
  /**
   * Closes the connections; to be called after the provisioner is closed.
   *
   * @param withinMs for calls that no one waits for any more
   */
  disconnect(withinMs: number): Promise<void>;
}

interface ProvisioningOptions {
  readonly config: Config;
  readonly store: Store;
  /** Issues certificates; Magistrala's certs service does when undefined. */
  readonly authority: BuiltinAuthority | undefined;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly tracer: Tracer;
}

/**
 * Milliseconds within which the bootstrap service creates a configuration that does not wait for too many others: some
 * turns of bcrypt.
 */
const CONFIGURATION_TARGET_MS = 2_000;
/** Half of the connections to one service: what else is requested of it gets through. */
const MOST_CONFIGURATIONS = 64;

/** Wires provisioning; the provisioner is not started. */
export function openProvisioning(options: ProvisioningOptions): Provisioning {
  const { config, store, authority, logger, metrics, tracer } = options;
  const services = connectServices({ config, metrics, tracer, clock: store.clock });
  const { users, clients, channels, certs, bootstrap, auth, jwks } = services;
  const certificates = authority ? builtinCertificates(authority) : magistralaCertificates(certs);
  const configurationLimit = new AdaptiveLimit({
    clock: store.clock,
    targetMs: CONFIGURATION_TARGET_MS,
    waitMs: config.outbound.configurationMs,
    most: MOST_CONFIGURATIONS,
  });
  metrics.watchConfigurations(configurationLimit);
  const platform = magistralaPlatform({
    clients,
    channels,
    bootstrap,
    configurationLimit,
    certificates,
    auth,
  });
  const tokenOf = (credentials: OwnCredentials) =>
    createOwnToken({
      credentials,
      users,
      clock: store.clock,
      onFetch: (how, outcome) => metrics.tokenRefreshes.inc({ how, outcome }),
    });
  const ownToken = tokenOf(config.credentials);
  const checkCredentials = () => checkOwnCredentials(config, auth);
  void checkCredentials().then(({ warning }) => {
    if (warning !== undefined) logger.warn(warning);
  });
  const provisioner = new Provisioner({
    platform,
    journal: store.journal,
    remnants: store.remnants,
    layout: config.layout,
    layouts: config.layouts,
    settings: config.provisioning,
    ownToken,
    recoveryToken: tokenOf(config.recoveryCredentials),
    assertLasts: assertLasts(neededMs(config.outbound), store.clock),
    clock: store.clock,
    ids: randomIds,
    observer: createObserver(logger, metrics, tracer),
    ...config.recovery,
  });
  traceMethods(tracer, provisioner, { prefix: 'provisioner', methods: ['provision'] });
  return {
    provisioner,
    certificates: createCertificates({
      platform,
      defaultTtl: config.provisioning.certTtl,
      machines: authority && store.machines,
    }),
    members: createMembers({ auth, jwks, platform, allowUnverifiedUser: config.auth.allowUnverifiedUser }),
    hasOwnCredentials: ownToken !== undefined,
    probes: { ...probesOf(config, services), credentials: checkCredentials },
    async disconnect(withinMs) {
      auth?.close();
      const cut = await services.close(withinMs);
      if (cut > 0) logger.warn({ calls: cut }, 'drain timeout exceeded; aborted requests to the platform');
    },
  };
}
