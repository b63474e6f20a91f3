import { type Report, isLoopback } from '@org/domain';
import type { Resolved, Settings } from '../resolve.js';
import { SYSTEM_ANCHORS } from '../table/platform.js';
import { checkEnrolmentRules } from './enrolment-rules.js';

/** What settings must be together; judged after environment and file were merged. */
export function checkRules(settings: Settings, report: Report): void {
  checkTogether(settings.serverCert, settings.serverKey, report);
  checkTogether(settings.grpcCert, settings.grpcKey, report);
  checkTogether(settings.authGrpcClientCert, settings.authGrpcClientKey, report);
  if (!settings.apiKey.explicit) checkTogether(settings.username, settings.password, report);
  if (!settings.recoveryApiKey.explicit)
    checkTogether(settings.recoveryUsername, settings.recoveryPassword, report);
  checkGrpc(settings, report);
  warnOfOpenTokens(settings, report);
  checkWhitelist(settings, report);
  checkState(settings, report);
  checkSettle(settings, report);
  checkLease(settings, report);
  warnOfWeakening(settings, report);
  checkEnrolmentRules(settings, report);
}

/**
 * Documented by the original, and so on in its own set-up. With the built-in authority the same credentials are often there
 * for recovery alone.
 */
export const isAnonymousAllowed = ({ allowAnonymous, certsBackend }: Settings): boolean =>
  allowAnonymous.resolved ?? certsBackend.resolved !== 'builtin';

/** A certificate needs its key, a user a password, and the other way round. */
function checkTogether(one: Resolved, other: Resolved, report: Report): void {
  if (one.explicit === other.explicit) return;
  const [given, missing] = one.explicit ? [one, other] : [other, one];
  report.problem(given.subject, {
    message: `${missing.env} must be set with it`,
    found: `${given.env} alone`,
    wanted: 'both or neither',
  });
}

function checkGrpc(settings: Settings, report: Report): void {
  const { authGrpcUrl, authGrpcClientCert, authGrpcServerCaCerts } = settings;
  if (!authGrpcUrl.explicit) {
    for (const { explicit, subject } of [authGrpcClientCert, authGrpcServerCaCerts]) {
      if (!explicit) continue;
      report.warn(subject, {
        message: 'it has no effect',
        found: 'no MG_AUTH_GRPC_URL',
        wanted: 'MG_AUTH_GRPC_URL',
      });
    }
  } else if (authGrpcClientCert.explicit && !authGrpcServerCaCerts.explicit) {
    report.warn(authGrpcClientCert.subject, {
      message: 'it has no effect: TLS is used only where trust anchors are given',
      found: 'a client certificate alone',
      wanted: 'MG_AUTH_GRPC_SERVER_CA_CERTS too',
    });
  }
}

function warnOfOpenTokens(settings: Settings, report: Report): void {
  const { platform, authGrpcUrl, authGrpcServerCaCerts } = settings;
  if (platform.resolved === 'none' || !authGrpcUrl.resolved || authGrpcServerCaCerts.explicit) return;
  if (isLoopback(authGrpcUrl.resolved.replace(/:\d+$/, ''))) return;
  report.warn(authGrpcUrl.subject, {
    message:
      "CALLERS' TOKENS GO THERE WITHOUT TLS: anyone on the network can read them, and pass for the auth service",
    found: 'no MG_AUTH_GRPC_SERVER_CA_CERTS',
    wanted: `MG_AUTH_GRPC_SERVER_CA_CERTS: trust anchors for it, or ${SYSTEM_ANCHORS} for those of the system`,
  });
}

/** Replicas that share a database must open what the others sealed. */
function checkState({ databaseUrl, stateKey }: Settings, report: Report): void {
  if (!databaseUrl.explicit || stateKey.explicit) return;
  report.problem(databaseUrl.subject, {
    message: 'a shared database needs a key that is shared too',
    found: 'no MG_PROVISION_STATE_KEY',
    wanted: 'MG_PROVISION_STATE_KEY, made with: openssl rand -hex 32',
  });
}

/** What lands after the last look is never removed. */
function checkSettle(settings: Settings, report: Report): void {
  const { recoverySettleMs: settle } = settings;
  for (const wait of [settings.outboundWriteTimeoutMs, settings.outboundConfigurationTimeoutMs]) {
    if (wait.resolved <= settle.resolved) continue;
    const { subject } = wait.explicit ? wait : settle;
    report.problem(subject, {
      message: `${wait.env} must not be longer than ${settle.env}: an answer that is still waited for may come after the last look for what a failed run left`,
      found: `${wait.resolved} ms, and ${settle.resolved} ms`,
      wanted: `${settle.env} of at least ${wait.resolved / 1000}s`,
    });
  }
}

/** The part of a lease that an answer may be waited for; the rest is for clocks that run at different speeds. */
const WAIT_IN_LEASE = 0.9;

/**
 * A run looks at its lease between calls. One that waits for an answer for longer than a lease lasts may learn too late that
 * another process has taken the run over. (What a late write did is found by the last look: see above.)
 */
function checkLease({ platform, outboundTimeoutMs, recoveryLeaseMs }: Settings, report: Report): void {
  const [wait, lease] = [outboundTimeoutMs.resolved, recoveryLeaseMs.resolved];
  // One that has the wrong form is a problem already.
  const isTooLong = wait > lease * WAIT_IN_LEASE;
  if (platform.resolved === 'none' || !isTooLong) return;
  const { subject } = recoveryLeaseMs.explicit ? recoveryLeaseMs : outboundTimeoutMs;
  const least = Math.ceil(wait / WAIT_IN_LEASE / 1_000);
  report.problem(subject, {
    message: `${outboundTimeoutMs.env} must be shorter than ${recoveryLeaseMs.env}, by a tenth of it at least: a run must know that it lost its lease before another process goes on with it`,
    found: `${wait / 1_000}s, and a lease of ${lease / 1_000}s`,
    wanted: `a lease of at least ${least}s, or less time for an answer`,
  });
}

/** Nothing can be whitelisted that is not made: a mistake only where someone asked for it (Magistrala wire §7.3). */
function checkWhitelist({ configurationEnabled, bootstrap }: Settings, report: Report): void {
  if (bootstrap.resolved !== false || !configurationEnabled.resolved || !configurationEnabled.explicit)
    return;
  report.problem(configurationEnabled.subject, {
    message: `cannot whitelist without making a bootstrap configuration, which ${bootstrap.subject.key} turns off`,
    found: 'true',
    wanted: 'false, or bootstrap provisioning',
  });
}

function warnOfWeakening(settings: Settings, report: Report): void {
  const { verifyTls, apiKey, username, allowAnonymous, externalKeyInMetadata } = settings;
  if (verifyTls.resolved === false) {
    report.warn(verifyTls.subject, {
      message:
        "TLS VERIFICATION IS OFF: anyone on the network can pass for Magistrala's services and read tokens and secrets",
      found: 'false',
      wanted: 'true, with MG_PROVISION_CA_CERTS where the services have certificates of your own authority',
    });
  }
  if (isAnonymousAllowed(settings) && (apiKey.explicit || username.explicit)) {
    report.warn(allowAnonymous.subject, {
      message:
        "ANYONE WHO REACHES THIS SERVICE CAN PROVISION: requests without a token use the service's own credentials",
      found: 'true',
      wanted: 'MG_PROVISION_ALLOW_ANONYMOUS=false where that is not meant',
    });
  }
  if (externalKeyInMetadata.resolved) {
    report.warn(externalKeyInMetadata.subject, {
      message: 'external keys are written in plaintext into metadata, for every member of the domain to read',
      found: 'true',
      wanted: 'false',
    });
  }
}
