import { type CandidateTester, type EnrolmentClient, type IdentityStore, Renewal } from '../../src/index.js';
import { DAY, NOW, TestAuthority, TestClock } from './authority.js';
import { provision, storeIn } from './device.js';
import { FakeServer } from './fake-server.js';
import { MemoryDisk } from './memory-disk.js';

/** When the first certificate is due for renewal. */
export const DUE = NOW + 66 * DAY;

const accepting: CandidateTester = { test: async () => undefined };

export interface Under {
  readonly store?: IdentityStore;
  readonly clock?: TestClock;
  readonly connections?: CandidateTester;
  readonly client?: EnrolmentClient;
  readonly random?: () => number;
}

/** Devices with a certificate issued at NOW for 90 days, and what they renew it with. */
export class Renewing {
  private constructor(
    readonly authority: TestAuthority,
    /** A disk with the identity. */
    readonly disk: ReadonlyMap<string, string>,
    /** Fingerprint of its certificate. */
    readonly original: string,
  ) {}

  static async make(): Promise<Renewing> {
    const authority = await TestAuthority.make();
    const disk = new MemoryDisk();
    const { checked } = await provision(storeIn('/d', disk), authority);
    return new Renewing(
      authority,
      disk.afterPowerCut(() => true),
      checked.certificate.fingerprint,
    );
  }

  device({ store = this.store(), clock = new TestClock(DUE), ...more }: Under = {}) {
    this.authority.clock.now = clock.now;
    const server = new FakeServer(this.authority);
    const options = { store, clock, client: server, connections: accepting, random: () => 0.5, ...more };
    return { store, clock, server, renewal: new Renewal(options) };
  }

  /** The disk as it was, for another device. */
  store(): IdentityStore {
    return storeIn('/d', new MemoryDisk(this.disk));
  }
}

export const certificateOf = async (store: IdentityStore): Promise<string> =>
  (await store.report(NOW)).identity!.certificate.fingerprint;
