import {
  type Authority,
  DeviceProfile,
  type IssuingAuthority,
  Issuer,
  MemoryCertificateStore,
  createIssuingAuthority,
  createRoot,
} from '@org/pki';
import {
  certificatePem,
  createCsr,
  exportPrivateKey,
  generateKey,
  keySigner,
  readCsr,
  readPem,
} from '@org/x509';
import { type Clock, systemClock } from '@org/domain';

export const DAY_MS = 86_400e3;
const HOSTS = { dns: ['localhost', 'prov.internal'], ip: true };

interface Terms {
  readonly lifetimeMs: number;
  readonly clock: Clock;
}

/** A root, an authority below it, and what they issue to devices and to servers on this machine. */
export class TestAuthority {
  private constructor(
    readonly root: Authority,
    readonly issuing: IssuingAuthority,
    readonly clock: Clock,
  ) {}

  /** @param clock for everything but certificates of devices */
  static async make(clock: Clock = systemClock): Promise<TestAuthority> {
    const now = clock.now() - DAY_MS;
    const terms = { now, lifetimeMs: 3650 * DAY_MS };
    const root = await createRoot(keySigner(await generateKey()), {
      subject: { commonName: 'Test Root' },
      ...terms,
    });
    const signer = keySigner(await generateKey());
    const subject = { commonName: 'Test Issuing' };
    return new TestAuthority(root, await createIssuingAuthority(root, signer, { subject, ...terms }), clock);
  }

  get rootPem(): string {
    return certificatePem(this.root.certificate.der);
  }

  get issuingPem(): string {
    return certificatePem(this.issuing.certificate.der);
  }

  get fingerprint(): string {
    return this.root.certificate.fingerprint;
  }

  /** @returns PEM of the certificate alone */
  async issue(
    csr: Uint8Array,
    machineId: string,
    { lifetimeMs = 90 * DAY_MS, clock = systemClock }: Partial<Terms> = {},
  ): Promise<string> {
    return this.#issue(new DeviceProfile({ name: 'device' }), csr, { machineId, lifetimeMs, clock });
  }

  /** Key and chain for `localhost`, `prov.internal` and 127.0.0.1, the root sent along. */
  async serverIdentity(): Promise<{ readonly key: string; readonly chain: string }> {
    const key = await generateKey();
    const names = { dns: ['localhost', 'prov.internal'], ip: [Buffer.from([127, 0, 0, 1])] };
    const csr = await createCsr(keySigner(key), { subject: { commonName: 'server' }, names });
    const profile = new DeviceProfile({
      name: 'server',
      serverAuth: true,
      clientAuth: false,
      askableNames: HOSTS,
    });
    const leaf = await this.#issue(profile, csr, {
      ...{ machineId: 'server', lifetimeMs: 30 * DAY_MS, clock: this.clock },
    });
    return { key: exportPrivateKey(key).reveal(), chain: leaf + this.issuingPem + this.rootPem };
  }

  async #issue(
    profile: DeviceProfile,
    csr: Uint8Array,
    { clock, ...terms }: Terms & { readonly machineId: string },
  ): Promise<string> {
    const store = new MemoryCertificateStore();
    const issuer = new Issuer({ authority: this.issuing, profiles: [profile], store, clock });
    const der = csr[0] === 0x30 ? Buffer.from(csr) : readPem(Buffer.from(csr).toString())[0]!.der;
    return (await issuer.issue({ request: readCsr(der), ...terms })).pem;
  }
}
