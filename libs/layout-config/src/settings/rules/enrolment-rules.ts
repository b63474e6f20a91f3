import { type Report, isLoopback, parseDuration } from '@org/domain';
import { preview } from '../preview.js';
import type { Resolved, Settings } from '../resolve.js';

/** What enrolment, its apps and the built-in authority ask of each other. */
export function checkEnrolmentRules(settings: Settings, report: Report): void {
  checkNeedsAuthority(settings, report);
  checkLifetime(settings, report);
  checkOperators(settings, report);
  checkOneCertificate(settings, report);
  warnOfPassphrase(settings, report);
  warnOfEnrolment(settings, report);
  warnOfEqualMembers(settings, report);
  warnOfPlainHttp(settings, report);
  warnOfWeakening(settings, report);
}

const issuesItself = ({ certsBackend }: Settings) => certsBackend.resolved === 'builtin';

/** On where it can be, unless switched off. */
export const isEnrolmentOn = (settings: Settings): boolean =>
  settings.enrolment.resolved ?? issuesItself(settings);

function checkNeedsAuthority(settings: Settings, report: Report): void {
  if (issuesItself(settings)) return;
  const { enrolment, platform, httpTls } = settings;
  const refuse = ({ subject }: Resolved, message: string, found: string) =>
    report.problem(subject, { message, found, wanted: 'MG_PROVISION_CERTS_BACKEND=builtin' });
  if (enrolment.resolved)
    refuse(enrolment, "enrolled devices get their certificates from this product's own authority", 'on');
  if (platform.resolved === 'none')
    refuse(platform, "without a platform only this product's own authority can issue certificates", 'none');
  if (httpTls.resolved === 'builtin')
    refuse(httpTls, "the certificate is to come from this product's own authority", 'builtin');
}

/** Milliseconds: what the authority's profiles allow. */
const SHORTEST_LIFETIME = 60_000;
const LONGEST_LIFETIME = 3_660 * 86_400_000;

function checkLifetime({ certTtl, certsBackend }: Settings, report: Report): void {
  if (certsBackend.resolved !== 'builtin' || certTtl.resolved === undefined) return;
  const ms = parseDuration(certTtl.resolved)!;
  if (ms >= SHORTEST_LIFETIME && ms <= LONGEST_LIFETIME) return;
  report.problem(certTtl.subject, {
    message: "this product's own authority does not issue certificates for so short or so long",
    found: preview(certTtl.resolved),
    wanted: 'one minute to ten years: 1m to 87840h',
  });
}

function checkOperators({ operators }: Settings, report: Report): void {
  const names = operators.resolved?.map(({ name }) => name) ?? [];
  for (const name of new Set(names.filter((each, index) => names.indexOf(each) !== index)))
    report.problem(operators.subject, {
      message: 'two operators have the same name',
      found: preview(name),
      wanted: 'a name of its own for each token',
    });
}

function checkOneCertificate(settings: Settings, report: Report): void {
  const { httpTls, serverCert, grpcTls, grpcCert } = settings;
  const refuse = (cert: Resolved, other: Resolved) =>
    report.problem(other.subject, {
      message: `it cannot be together with ${cert.env}`,
      found: 'both',
      wanted: 'one of them',
    });
  if (httpTls.resolved === 'builtin' && serverCert.explicit) refuse(serverCert, httpTls);
  if (grpcTls.resolved === false && grpcCert.explicit) refuse(grpcCert, grpcTls);
}

function warnOfPassphrase({ authorityStore, authorityPassphrase }: Settings, report: Report): void {
  if (authorityStore.resolved !== 'database' || !authorityPassphrase.explicit) return;
  report.warn(authorityPassphrase.subject, {
    message: 'it has no effect: keys in the database are sealed with the state key',
    found: 'MG_PROVISION_AUTHORITY_STORE=database',
    wanted: 'nothing, or MG_PROVISION_AUTHORITY_STORE=folder',
  });
}

function warnOfEnrolment(settings: Settings, report: Report): void {
  if (!isEnrolmentOn(settings) || !issuesItself(settings)) return;
  const { verificationUrl, operators, platform, apiKey, username } = settings;
  if (!verificationUrl.explicit)
    report.warn(verificationUrl.subject, {
      message: 'devices show a code without saying where to type it in',
      found: 'nothing',
      wanted: 'the address of the page where operators approve devices',
    });
  if (platform.resolved === 'none' && !operators.explicit)
    report.warn(operators.subject, {
      message: 'no one can approve a device: without a platform there are only the operators named here',
      found: 'no one',
      wanted: 'name:hash, with the hash from: printf %s "$TOKEN" | sha256sum',
    });
  if (platform.resolved === 'magistrala' && operators.explicit && !apiKey.explicit && !username.explicit)
    report.warn(operators.subject, {
      message:
        'these operators cannot act: they have no Magistrala token, and the service has none of its own',
      found: 'no credentials of the service',
      wanted: 'MG_PROVISION_API_KEY, or MG_PROVISION_USERNAME and MG_PROVISION_PASS',
    });
}

/** The auth service alone knows what a member may do; without it, only changing one client can be tried out. */
function warnOfEqualMembers(settings: Settings, report: Report): void {
  const { platform, authGrpcUrl } = settings;
  if (!isEnrolmentOn(settings) || platform.resolved !== 'magistrala' || authGrpcUrl.explicit) return;
  report.warn(authGrpcUrl.subject, {
    message:
      'the rights of members cannot be checked: every member of a domain may look codes up, deny devices, and list its machines and leftovers',
    found: 'no MG_AUTH_GRPC_URL',
    wanted: "MG_AUTH_GRPC_URL: host:port of Magistrala's auth service",
  });
}

/** Silent where proxies are named: who names them has thought of TLS there. */
function warnOfPlainHttp(settings: Settings, report: Report): void {
  if (!isEnrolmentOn(settings) || !issuesItself(settings)) return;
  const { httpTls, serverCert, host, trustedProxies } = settings;
  if (httpTls.resolved === 'builtin' || serverCert.explicit || trustedProxies.explicit) return;
  if (host.resolved === undefined || isLoopback(host.resolved)) return;
  report.warn(httpTls.subject, {
    message:
      "THE HTTP APP USES NO TLS: anyone on the network can read operators' tokens and pass for this service; devices on other machines cannot enrol over it",
    found: `plain HTTP on ${preview(host.resolved)}`,
    wanted:
      'builtin, or a certificate of your own; behind a proxy that speaks TLS, its address as MG_PROVISION_TRUSTED_PROXIES',
  });
}

function warnOfWeakening(settings: Settings, report: Report): void {
  const { grpcTls, legacyDevices, legacyDevicesAnyAddress } = settings;
  if (grpcTls.resolved === false)
    report.warn(grpcTls.subject, {
      message:
        'THE gRPC APP USES NO TLS: anyone on the network can pass for this service; devices on other machines cannot enrol over it, unless a trusted proxy ends TLS for them, and none can renew by its certificate',
      found: 'off',
      wanted: 'on',
    });
  if (legacyDevices.resolved)
    report.warn(legacyDevices.subject, {
      message:
        'devices that make their own codes are let in: such a code is bound to no key, so anyone who learns it in time, or reads along where they use plain HTTP, can take the place of its device',
      found: 'true',
      wanted: 'false, as soon as no such device is left',
    });
  if (legacyDevicesAnyAddress.resolved)
    report.warn(legacyDevicesAnyAddress.subject, {
      message: legacyDevices.resolved
        ? 'anyone who learns the code of a legacy device can sign from anywhere'
        : 'it has no effect while legacy devices are not let in',
      found: 'true',
      wanted: 'false',
    });
}
