import { createCsr, readCsr, type CertificateRequest, type CsrContent } from '@org/x509';
import {
  type Authority,
  createIssuingAuthority,
  createRoot,
  DeviceProfile,
  type DeviceProfileOptions,
  type IssuingAuthority,
} from '../../src/index.js';
import { type KeyKind } from '@org/test-support';
import { aSigner } from './signer.js';

export const DAY_MS = 24 * 3600e3;
/** Whole seconds. The system's own time, as openssl's checks go by that. */
export const NOW = Math.floor(Date.now() / 1000) * 1000;

/** A clock that stands still until it is told to move. */
export class TestClock {
  constructor(public time = NOW) {}
  now = (): number => this.time;
  pass(ms: number): void {
    this.time += ms;
  }
}

export async function aRoot(kind: KeyKind = 'P-256', n = 100): Promise<Authority> {
  const subject = { organization: 'Example', commonName: `Root ${n}` };
  return createRoot(aSigner(kind, n), { subject, now: NOW, lifetimeMs: 3650 * DAY_MS });
}

export async function anAuthority(
  kind: KeyKind = 'P-256',
  root?: Authority,
  n = 200,
): Promise<IssuingAuthority> {
  const subject = { organization: 'Example', commonName: `Issuing ${n}` };
  const above = root ?? (await aRoot(kind));
  return createIssuingAuthority(above, aSigner(kind, n), { subject, now: NOW, lifetimeMs: 365 * DAY_MS });
}

export const ADDRESSES = {
  crl: ['http://ca.example/crl'],
  ocsp: ['http://ca.example/ocsp'],
  caIssuers: ['http://ca.example/v1/ca.der'],
};

export const aProfile = (options: Partial<DeviceProfileOptions> = {}): DeviceProfile =>
  new DeviceProfile({
    name: 'device',
    names: { uri: ['urn:example:{machineId}'] },
    addresses: ADDRESSES,
    ...options,
  });

export async function aRequest(
  commonName = 'machine-1',
  { kind = 'P-256', n = 0, names }: { kind?: KeyKind; n?: number } & Pick<CsrContent, 'names'> = {},
): Promise<CertificateRequest> {
  return readCsr(await createCsr(aSigner(kind, n), { subject: { commonName }, names }));
}
