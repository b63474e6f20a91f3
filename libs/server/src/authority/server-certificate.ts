import { createHash, generateKeyPairSync } from 'node:crypto';
import { type Clock, Secret } from '@org/domain';
import {
  type CertificateStore,
  Issuer,
  type IssuingAuthority,
  type ServedCertificates,
  issuerIdOf,
  servedPem,
} from '@org/pki';
import {
  type RevocationAddresses,
  createCsr,
  exportPrivateKey,
  keySigner,
  readCsr,
  renewalDue,
} from '@org/x509';
import type { SealedValues } from '@org/store';
import { serverProfile } from './server-profile.js';

export interface ServerCertificate {
  /** PKCS#8, PEM. */
  readonly key: Secret;
  /** PEM: the server's certificate, then what `chainBehind` puts behind it, roots last. */
  readonly certificate: string;
  /** Milliseconds since 1970, like `renewAt`; 30 days after it was issued. */
  readonly notAfter: number;
  /** When to ask for the next one: two thirds of its life. */
  readonly renewAt: number;
}

interface ServerCertificateOptions {
  readonly names: readonly string[];
  readonly authority: IssuingAuthority;
  readonly addresses: RevocationAddresses;
  readonly store: CertificateStore;
  readonly sealed: Pick<SealedValues, 'get' | 'put' | 'clearExpired'>;
  readonly clock: Clock;
  behind(certificate: string): ServedCertificates;
}

/** Common name of all of them, and the machine that they are on record for. No device can have it: those have UUIDs. */
const MACHINE_ID = 'provision-server';
const LIFETIME_MS = 30 * 24 * 3600e3;

/** As it is kept, sealed. */
interface Kept {
  readonly serial: string;
  /** PEM, the certificate alone. */
  readonly certificate: string;
  readonly key: string;
  readonly notAfter: number;
  readonly renewAt: number;
}

/**
 * The certificate of a server: the one that is kept for its names, by whichever process it was made, until it is to be
 * renewed; so restarts and replicas leave no more of them on record. As `BuiltinAuthority.serverCertificate`.
 */
export async function serverCertificate(options: ServerCertificateOptions): Promise<ServerCertificate> {
  const { sealed, clock } = options;
  const place = placeOf(options);
  for (;;) {
    const found = await sealed.get(place);
    const kept = found && (JSON.parse(found.text) as Kept);
    if (kept && (await isGood(kept, options))) return handedOut(kept, options);
    const { issuer, made } = await make(options);
    const text = JSON.stringify(made);
    if (await sealed.put(place, { text, replaces: found, expiresAt: made.notAfter })) {
      await sealed.clearExpired(clock.now());
      return handedOut(made, options);
    }
    // Another process was faster; no one has seen this one.
    await issuer.revoke(made.serial, 'superseded');
  }
}

/** One for each authority and all that a certificate says. */
function placeOf({ names, addresses, authority }: ServerCertificateOptions): string {
  const content = [issuerIdOf(authority), names.map((name) => name.toLowerCase()).sort(), addresses];
  return `server-certificate ${createHash('sha256').update(JSON.stringify(content)).digest('hex')}`;
}

async function isGood(
  { serial, renewAt }: Kept,
  { store, clock }: ServerCertificateOptions,
): Promise<boolean> {
  const [record] = await store.find([serial]);
  return record?.state === 'signed' && clock.now() < renewAt;
}

async function make(options: ServerCertificateOptions): Promise<{ issuer: Issuer; made: Kept }> {
  const { authority, store, clock } = options;
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const csr = await createCsr(keySigner(privateKey), { subject: { commonName: MACHINE_ID } });
  const profile = serverProfile({ ...options, lifetimeMs: LIFETIME_MS });
  const issuer = new Issuer({ authority, profiles: [profile], store, clock });
  const { serial, pem, notBefore, notAfter } = await issuer.issue({
    request: readCsr(csr),
    machineId: MACHINE_ID,
  });
  return {
    issuer,
    made: {
      serial,
      certificate: pem,
      key: exportPrivateKey(privateKey).reveal(),
      notAfter,
      renewAt: renewalDue({ notBefore, notAfter, now: clock.now() }).at,
    },
  };
}

const handedOut = (
  { key, certificate, notAfter, renewAt }: Kept,
  { behind }: ServerCertificateOptions,
): ServerCertificate => ({
  key: new Secret(key),
  certificate: certificate + servedPem(behind(certificate)),
  notAfter,
  renewAt,
});
