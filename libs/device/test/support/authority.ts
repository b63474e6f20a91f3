import {
  type Authority,
  DeviceProfile,
  type IssuingAuthority,
  Issuer,
  MemoryCertificateStore,
  createIssuingAuthority,
  createRoot,
} from '@org/pki';
import { certificatePem, generateKey, keySigner, readCsr, readPem } from '@org/x509';
import type { Issued } from '../../src/index.js';

export const MINUTE = 60e3;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;
/** Whole seconds, and not the system's time, so that a test that asks the system is found out. */
export const NOW = Date.parse('2031-05-01T12:00:00Z');

/** Time that stands still until it is told to move, and moves on by itself while someone sleeps. */
export class TestClock {
  slept: number[] = [];
  constructor(public time = NOW) {}
  now = (): number => this.time;
  monotonic = (): number => this.time;
  sleep = async (ms: number, signal?: AbortSignal): Promise<void> => {
    signal?.throwIfAborted();
    this.slept.push(ms);
    this.time += ms;
  };
}

export async function aRoot(name = 'Root', now = NOW - 365 * DAY): Promise<Authority> {
  const signer = keySigner(await generateKey());
  return createRoot(signer, { subject: { commonName: name }, now, lifetimeMs: 7300 * DAY });
}

/** A root, an issuing authority below it, and certificates for devices. */
export class TestAuthority {
  private constructor(
    readonly root: Authority,
    readonly issuing: IssuingAuthority,
    /** May be set to another time. */
    readonly clock: { now: () => number },
  ) {}

  static async make(
    clock: { now: () => number } = { now: () => NOW },
    root?: Authority,
  ): Promise<TestAuthority> {
    const above = root ?? (await aRoot());
    const signer = keySigner(await generateKey());
    const now = NOW - 300 * DAY;
    const subject = { commonName: `Issuing below ${above.certificate.fingerprint.slice(0, 8)}` };
    return new TestAuthority(
      above,
      await createIssuingAuthority(above, signer, { subject, now, lifetimeMs: 3650 * DAY }),
      clock,
    );
  }

  get rootPem(): string {
    return certificatePem(this.root.certificate.der);
  }

  async issue(
    csr: string,
    machineId = 'machine-1',
    lifetimeMs = 90 * DAY,
    profile = new DeviceProfile({ name: 'device' }),
  ): Promise<Issued> {
    const [block] = readPem(csr);
    const issuer = new Issuer({
      authority: this.issuing,
      profiles: [profile],
      store: new MemoryCertificateStore(),
      clock: this.clock,
    });
    const { pem } = await issuer.issue({ request: readCsr(block!.der), machineId, lifetimeMs });
    return { certificate: pem, caBundle: [certificatePem(this.issuing.certificate.der)], root: this.rootPem };
  }
}
