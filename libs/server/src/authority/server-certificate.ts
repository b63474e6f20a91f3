import { generateKeyPairSync } from 'node:crypto';
import { isIP } from 'node:net';
import { type Clock, ProvisionError, type Secret, isProvisionError } from '@org/domain';
import {
  type CertificateStore,
  DeviceProfile,
  Issuer,
  type IssuingAuthority,
  type RevocationAddresses,
  type ServedCertificates,
  createCsr,
  exportPrivateKey,
  keySigner,
  readCsr,
  renewalDue,
  servedPem,
} from '@org/pki';
import ipaddr from 'ipaddr.js';

export interface ServerCertificate {
  /** PKCS#8, PEM. */
  readonly key: Secret;
  /** PEM: the server's certificate, then what `chainBehind` puts behind it, roots last. */
  readonly certificate: string;
  /** Milliseconds since 1970, like `renewAt`; 30 days from now. */
  readonly notAfter: number;
  /** When to ask for the next one: two thirds of its life. */
  readonly renewAt: number;
}

export interface ServerCertificateOptions {
  readonly names: readonly string[];
  readonly authority: IssuingAuthority;
  readonly addresses: RevocationAddresses;
  readonly store: CertificateStore;
  readonly clock: Clock;
  behind(certificate: Uint8Array): ServedCertificates;
}

/** Common name of all of them, and the machine that they are on record for. No device can have it: those have UUIDs. */
const MACHINE_ID = 'provision-server';
const LIFETIME_MS = 30 * 24 * 3600e3;

/** As `BuiltinAuthority.serverCertificate`. */
export async function issueServerCertificate(options: ServerCertificateOptions): Promise<ServerCertificate> {
  const { names, authority, store, clock } = options;
  const ip = names.filter((name) => isIP(name) !== 0);
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const csr = await createCsr(keySigner(privateKey), {
    subject: { commonName: MACHINE_ID },
    names: { ip: ip.map((address) => Buffer.from(ipaddr.parse(address).toByteArray())) },
  });
  const issuer = new Issuer({ authority, profiles: [serverProfile(options, ip)], store, clock });
  const { certificate, pem, notBefore, notAfter } = await issuer.issue({
    request: readCsr(csr),
    machineId: MACHINE_ID,
  });
  return {
    key: exportPrivateKey(privateKey),
    certificate: pem + servedPem(options.behind(certificate)),
    notAfter,
    renewAt: renewalDue({ notBefore, notAfter, now: clock.now() }).at,
  };
}

/** Names are part of a profile, so each list of names has one of its own; addresses come with the request. */
function serverProfile({ names, addresses }: ServerCertificateOptions, ip: readonly string[]): DeviceProfile {
  try {
    return new DeviceProfile({
      name: 'server',
      lifetimeMs: LIFETIME_MS,
      clientAuth: false,
      serverAuth: true,
      names: { dns: names.filter((name) => !ip.includes(name)).map((name) => name.toLowerCase()) },
      askableNames: { ip: true },
      addresses,
    });
  } catch (error) {
    if (!isProvisionError(error)) throw error;
    throw new ProvisionError({
      kind: 'invalid',
      code: 'server_name_invalid',
      message: 'a server certificate takes host names and IP addresses only',
      cause: error,
    });
  }
}
