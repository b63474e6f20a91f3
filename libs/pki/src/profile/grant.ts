import { invalid } from '@org/domain';
import type { CertificateRequest, Extension, SubjectNames } from '@org/x509';
import { isHostName, isUri } from '@org/x509/encoding';
import type { DeviceProfile } from './device-profile.js';
import { dnsFits, hostName, namesFor } from './name-templates.js';

/**
 * What a common name in a request has to be: the machine id, or anything at all, for a device that does not know its
 * machine id yet. The certificate's is the machine id either way.
 */
export type SubjectRule = 'must_match' | 'ignored';

/** Who asks. */
export interface Grantee {
  /** Undefined while no one knows it: a name with the machine id in it cannot be granted then. */
  readonly machineId: string | undefined;
  readonly subject: SubjectRule;
}

/** What of a request a profile grants to a machine. */
export interface Grant {
  readonly names: SubjectNames;
  readonly extensions: readonly Extension[];
}

/**
 * Compares what a request asks for with what the profile allows. A name that is not allowed is an error, as the device
 * expects to get it; other parts of the subject and other extensions are left out in silence, as every tool asks for
 * some.
 *
 * @throws ProvisionError `csr_key_unsupported`, `csr_name_mismatch` (the CN is not the machine id, and must be),
 * `csr_name_forbidden` (with the name in `details.name`), `machine_id_not_dns`
 */
export function grant(
  profile: DeviceProfile,
  request: CertificateRequest,
  { machineId, subject }: Grantee,
): Grant {
  if (!profile.keyAlgorithms.includes(request.key.algorithm)) {
    throw invalid('csr_key_unsupported', `The key must be one of ${profile.keyAlgorithms.join(', ')}.`);
  }
  const { commonName = machineId } = request;
  if (subject === 'must_match' && commonName !== machineId) {
    throw invalid('csr_name_mismatch', 'The common name in the request is not the id of this machine.');
  }
  return {
    names: grantedNames(profile, request, machineId),
    extensions: grantedExtensions(profile, request),
  };
}

function grantedNames(
  profile: DeviceProfile,
  { names }: CertificateRequest,
  machineId: string | undefined,
): SubjectNames {
  const given = namesFor(profile.names, machineId);
  const askable = namesFor(profile.askableNames, machineId);
  const dns = new Set(given.dns.map(hostName));
  const uri = new Set(given.uri);
  for (const asked of names.dns) dns.add(askedDns(asked, dns, askable.dns));
  for (const asked of names.uri) uri.add(askedUri(asked, uri, askable.uri));
  const ip = new Map(profile.names.ip.map((address) => [address.toString('hex'), address]));
  for (const asked of names.ip) {
    if (!profile.askableNames.ip && !ip.has(asked.toString('hex')))
      throw forbidden(`IP ${addressText(asked)}`);
    ip.set(asked.toString('hex'), asked);
  }
  if (names.email.length > 0) throw forbidden(names.email[0]!);
  if (names.others > 0) throw forbidden('a directory name or other name');
  return { dns: [...dns], uri: [...uri], ip: [...ip.values()] };
}

function askedDns(asked: string, granted: ReadonlySet<string>, askable: readonly string[]): string {
  const name = asked.toLowerCase();
  if (granted.has(name) || (isHostName(name) && askable.some((pattern) => dnsFits(name, pattern))))
    return name;
  throw forbidden(asked);
}

function askedUri(asked: string, granted: ReadonlySet<string>, askable: readonly string[]): string {
  if (granted.has(asked) || (isUri(asked) && askable.includes(asked))) return asked;
  throw forbidden(asked);
}

const addressText = (octets: Buffer): string =>
  octets.length === 4 ? octets.join('.') : octets.toString('hex').match(/.{4}/g)!.join(':');

const forbidden = (name: string) =>
  invalid('csr_name_forbidden', 'The request asks for a name that this machine may not have.', {
    details: { name: name.slice(0, 256) },
  });

const grantedExtensions = (profile: DeviceProfile, { extensions }: CertificateRequest) =>
  profile.copyExtensions.length === 0
    ? []
    : extensions.filter(({ id }) => profile.copyExtensions.includes(id));
