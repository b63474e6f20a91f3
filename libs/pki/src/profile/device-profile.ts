import { invalid, isProvisionError } from '@org/domain';
import { encodeRdns, isHttpUrl, OID } from '@org/x509/encoding';
import type { DeviceKeyAlgorithm, DistinguishedName, RevocationAddresses } from '@org/x509';
import { templateProblem } from './name-templates.js';

/** Names by kind; each may contain `{machineId}`. */
export interface NameTemplates {
  /** The machine id in lower case takes the placeholder's place; it must make a host name. */
  readonly dns?: readonly string[];
  /** The machine id takes the placeholder's place percent-encoded. */
  readonly uri?: readonly string[];
}

export interface FixedNames extends NameTemplates {
  /** 4 or 16 octets each. */
  readonly ip?: readonly Buffer[];
}

export interface AskableNames extends NameTemplates {
  /** Also `*.sites.example`, for any one label in front. */
  readonly dns?: readonly string[];
  /** Any IP address. Default false. */
  readonly ip?: boolean;
}

export interface DeviceProfileOptions {
  /** Names the profile in records: lower-case letters, digits, hyphens. */
  readonly name: string;
  /** From now to notAfter, in milliseconds. Default 90 days, at most ten years. */
  readonly lifetimeMs?: number;
  /**
   * How far notBefore lies in the past, for devices whose clock is slow. Default one hour, at most one day; never more
   * than a tenth of a certificate's lifetime, so that a short one is not half over when it begins.
   */
  readonly backdateMs?: number;
  /** The subject's other parts; the common name is the machine id. Default: none. */
  readonly subject?: Omit<DistinguishedName, 'commonName'>;
  /** Names that every certificate carries. Default: none. */
  readonly names?: FixedNames;
  /** Names that a device may ask for in its CSR, and then gets. Default: none. */
  readonly askableNames?: AskableNames;
  /** For TLS clients. Default true. */
  readonly clientAuth?: boolean;
  /** For TLS servers. Default false. */
  readonly serverAuth?: boolean;
  /** Kinds of key that devices may have. Default: all four. */
  readonly keyAlgorithms?: readonly DeviceKeyAlgorithm[];
  /** Extensions (dotted ids) that are copied from a CSR as they are, when asked for. Default: none. */
  readonly copyExtensions?: readonly string[];
  /** Where to ask about revocation, and for the issuer's certificate. Default: none. */
  readonly addresses?: RevocationAddresses;
}

const DAY_MS = 24 * 3600e3;
const ALL_KEYS: readonly DeviceKeyAlgorithm[] = ['P-256', 'P-384', 'RSA', 'Ed25519'];

/** What a kind of device certificate contains. Checked once, here; issuing trusts it. */
export class DeviceProfile {
  readonly name: string;
  readonly lifetimeMs: number;
  readonly backdateMs: number;
  readonly subject: Omit<DistinguishedName, 'commonName'>;
  readonly names: Required<FixedNames>;
  readonly askableNames: Required<AskableNames>;
  readonly clientAuth: boolean;
  readonly serverAuth: boolean;
  readonly keyAlgorithms: readonly DeviceKeyAlgorithm[];
  readonly copyExtensions: readonly string[];
  readonly addresses: Required<RevocationAddresses>;

  /** @throws ProvisionError `profile_invalid`, with every problem in `details.problems` */
  constructor(options: DeviceProfileOptions) {
    this.name = options.name;
    this.lifetimeMs = options.lifetimeMs ?? 90 * DAY_MS;
    this.backdateMs = options.backdateMs ?? 3600e3;
    this.subject = { ...options.subject };
    this.names = { dns: [], uri: [], ip: [], ...options.names };
    this.askableNames = { dns: [], uri: [], ip: false, ...options.askableNames };
    this.clientAuth = options.clientAuth ?? true;
    this.serverAuth = options.serverAuth ?? false;
    this.keyAlgorithms = options.keyAlgorithms ?? ALL_KEYS;
    this.copyExtensions = options.copyExtensions ?? [];
    this.addresses = { crl: [], ocsp: [], caIssuers: [], ...options.addresses };
    const problems = problemsOf(this);
    if (problems.length > 0) {
      throw invalid(
        'profile_invalid',
        `The certificate profile "${this.name}" cannot be used: ${problems.join('; ')}.`,
        {
          details: { problems },
        },
      );
    }
  }
}

function problemsOf(profile: DeviceProfile): string[] {
  const { names, askableNames, addresses } = profile;
  const urls = [...addresses.crl, ...addresses.ocsp, ...addresses.caIssuers];
  const always = names.dns.find((name) => name.includes('*'));
  return [
    ...(/^[a-z0-9-]{1,64}$/.test(profile.name)
      ? []
      : ['its name must be lower-case letters, digits and hyphens']),
    ...lifetimeProblems(profile),
    ...subjectProblems(profile.subject),
    ...(always ? [`names: "${always}" must not contain a wildcard`] : []),
    ...(names.ip.every(({ length }) => length === 4 || length === 16)
      ? []
      : ['names: an IP address has 4 or 16 octets']),
    ...[...names.dns, ...askableNames.dns].flatMap((name) => templateProblem('dns', name) ?? []),
    ...[...names.uri, ...askableNames.uri].flatMap((name) => templateProblem('uri', name) ?? []),
    ...(profile.clientAuth || profile.serverAuth ? [] : ['it is for neither clients nor servers']),
    ...(profile.keyAlgorithms.length > 0 ? [] : ['it allows no kind of key']),
    ...profile.keyAlgorithms
      .filter((key) => !ALL_KEYS.includes(key))
      .map((key) => `keys: "${key}" is unknown`),
    ...profile.copyExtensions.flatMap((id) => copyProblem(id) ?? []),
    ...urls.filter((url) => !isHttpUrl(url)).map((url) => `"${url}" is no http or https address`),
  ];
}

function lifetimeProblems({ lifetimeMs, backdateMs }: DeviceProfile): string[] {
  const lifetimeOk = lifetimeMs >= 60e3 && lifetimeMs <= 3660 * DAY_MS;
  const backdateOk = backdateMs >= 0 && backdateMs <= DAY_MS;
  return [
    ...(lifetimeOk ? [] : ['its lifetime must be one minute to ten years']),
    ...(backdateOk ? [] : ['it may be backdated by one day at most']),
  ];
}

function subjectProblems(subject: DistinguishedName): string[] {
  if (subject.commonName) return ['the common name is always the machine id'];
  try {
    encodeRdns(subject);
    return [];
  } catch (error) {
    if (isProvisionError(error)) return [error.message];
    throw error;
  }
}

/** What this authority writes itself, or what would change a certificate's power, is never taken over. */
function copyProblem(id: string): string | undefined {
  if (!/^[0-2](?:\.(?:0|[1-9]\d{0,14})){1,30}$/.test(id)) return `"${id}" is no object identifier`;
  const owned = id.startsWith('2.5.29.') || id === OID.authorityInfoAccess || id === OID.ocspNoCheck;
  return owned ? `the extension ${id} is the authority's own and cannot be copied` : undefined;
}
