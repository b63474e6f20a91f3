import {
  CertificateMaker,
  type CertificateStore,
  createIssuingAuthority,
  createRoot,
  DeviceProfile,
  type IssuingAuthority,
  Issuer,
} from '@org/pki';
import { generateKey, keySigner, readCsr } from '@org/x509';

export interface BenchCsr {
  readonly machineId: string;
  readonly csr: Buffer;
}

const DAY_MS = 24 * 3600e3;
/** Issues under way at a time with a store: what a busy server has. */
const CONCURRENCY = 64;
const WARM_UP_SECONDS = 0.5;

const profile = new DeviceProfile({
  name: 'device',
  names: { uri: ['urn:provision:machine:{machineId}'], dns: ['{machineId}.devices.example'] },
  addresses: {
    crl: ['http://ca.example/crl'],
    ocsp: ['http://ca.example/ocsp'],
    caIssuers: ['http://ca.example/v1/ca.der'],
  },
});

async function makeAuthority(): Promise<IssuingAuthority> {
  const now = Date.now();
  const root = await createRoot(keySigner(await generateKey()), {
    subject: { commonName: 'Bench Root' },
    now,
    lifetimeMs: 3650 * DAY_MS,
  });
  return createIssuingAuthority(root, keySigner(await generateKey()), {
    subject: { commonName: 'Bench Issuing' },
    now,
    lifetimeMs: 1825 * DAY_MS,
  });
}

/** Reads, checks, decides and signs, one after the other: no record is kept. */
export async function libraryRate(csrs: readonly BenchCsr[], seconds: number): Promise<number> {
  const maker = new CertificateMaker(profile, await makeAuthority());
  return rateOf(csrs, { seconds, batch: 1 }, async ({ csr, machineId }) => {
    const intent = maker.prepare({ request: readCsr(csr), machineId, now: Date.now() });
    await maker.sign(intent, Date.now);
  });
}

/** The whole issue, on record before and after the signature. */
export async function storedRate(
  csrs: readonly BenchCsr[],
  seconds: number,
  store: CertificateStore,
): Promise<number> {
  const issuer = new Issuer({ authority: await makeAuthority(), profiles: [profile], store });
  return rateOf(csrs, { seconds, batch: CONCURRENCY }, ({ csr, machineId }) =>
    issuer.issue({ request: readCsr(csr), machineId }),
  );
}

async function rateOf(
  csrs: readonly BenchCsr[],
  { seconds, batch }: { readonly seconds: number; readonly batch: number },
  issue: (csr: BenchCsr) => Promise<unknown>,
): Promise<number> {
  await countFor(csrs, { seconds: Math.min(WARM_UP_SECONDS, seconds), batch }, issue);
  const started = performance.now();
  const count = await countFor(csrs, { seconds, batch }, issue);
  return (count * 1000) / (performance.now() - started);
}

async function countFor(
  csrs: readonly BenchCsr[],
  { seconds, batch }: { readonly seconds: number; readonly batch: number },
  issue: (csr: BenchCsr) => Promise<unknown>,
): Promise<number> {
  const end = performance.now() + seconds * 1000;
  let count = 0;
  while (performance.now() < end) {
    const start = count;
    await Promise.all(Array.from({ length: batch }, (_, n) => issue(csrs[(start + n) % csrs.length]!)));
    count += batch;
  }
  return count;
}
