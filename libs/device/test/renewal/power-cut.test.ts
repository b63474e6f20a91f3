import { beforeAll, describe, expect, it } from '@jest/globals';
import { type Connections, type IdentityStore, Renewal } from '../../src/index.js';
import { DAY, NOW, TestAuthority, TestClock } from '../support/authority.js';
import { provision, storeIn } from '../support/device.js';
import { FakeServer } from '../support/fake-server.js';
import { MemoryDisk } from '../support/memory-disk.js';
import { Countdown, killedAtEveryStep, stoppingCalls } from '../support/stopping.js';

const DUE = NOW + 66 * DAY;
const accepting: Connections = { test: async () => undefined };
let authority: TestAuthority;
/** A disk with an identity issued at NOW for 90 days. */
let disk: ReadonlyMap<string, string>;
let original: string;

beforeAll(async () => {
  authority = await TestAuthority.make();
  const first = new MemoryDisk();
  original = (await provision(storeIn('/d', first), authority)).checked.certificate.fingerprint;
  disk = first.afterPowerCut(() => true);
});

const certificateOf = async (store: IdentityStore): Promise<string> =>
  (await store.report(NOW)).identity!.certificate.fingerprint;

describe('a power cut', () => {
  it('at any write or call leaves one whole identity, and the renewal goes on to its end', async () => {
    let server = new FakeServer(authority);
    let cut = new MemoryDisk();
    const seen = new Set<boolean>();
    authority.clock.now = () => DUE;
    const life = (countdown: Countdown, files: MemoryDisk) =>
      new Renewal({
        store: storeIn('/d', files),
        client: stoppingCalls(server, countdown),
        connections: stoppingCalls(accepting, countdown),
        clock: new TestClock(DUE),
      });
    const steps = await killedAtEveryStep(
      async (countdown) => {
        server = new FakeServer(authority);
        cut = new MemoryDisk(disk, countdown);
        const { attempt } = await life(countdown, cut).attempt();
        expect(attempt.outcome).toBe('renewed');
      },
      async () => {
        const files = new MemoryDisk(cut.afterPowerCut((index) => index % 2 === 0));
        const store = storeIn('/d', files);
        const before = await certificateOf(store);
        await store.recover();
        expect(await certificateOf(store)).toBe(before);
        const isNew = before !== original;
        seen.add(isNew);
        const renewal = life(new Countdown(Infinity), files);
        if (!isNew) expect((await renewal.attempt()).attempt.outcome).toBe('renewed');
        expect(await certificateOf(store)).not.toBe(original);
        const { attempts } = (await renewal.status())!;
        expect(attempts.at(-1)!.outcome).toBe('renewed');
        for (const { outcome } of attempts.slice(0, -1)) expect(outcome).toBe('interrupted');
        // However often it was cut off, it was one key and one certificate.
        expect(server.certificates.size).toBe(1);
      },
    );
    expect(steps).toBeGreaterThan(60);
    expect(seen).toEqual(new Set([true, false]));
  });
});
