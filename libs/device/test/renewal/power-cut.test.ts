import { beforeAll, describe, expect, it } from '@jest/globals';
import { type CandidateTester, Renewal } from '../../src/index.js';
import { type TestAuthority, TestClock } from '../support/authority.js';
import { storeIn } from '../support/device.js';
import { FailingDisk } from '../support/failing-disk.js';
import { FakeServer } from '../support/fake-server.js';
import { MemoryDisk } from '../support/memory-disk.js';
import { DUE, Renewing, certificateOf } from '../support/renewing.js';
import { Countdown, killedAtEveryStep, stoppingCalls } from '../support/stopping.js';

const accepting: CandidateTester = { test: async () => undefined };
let authority: TestAuthority;
let disk: ReadonlyMap<string, string>;
let original: string;

beforeAll(async () => {
  ({ authority, disk, original } = await Renewing.make());
});

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

describe('a disk that takes no more changes', () => {
  it('from whichever on, leaves one whole identity, and the renewal goes on when it does', async () => {
    for (let taken = 0, failed = true; failed; taken++) {
      const server = new FakeServer(authority);
      const files = new FailingDisk(new MemoryDisk(disk), taken);
      const store = storeIn('/d', files);
      authority.clock.now = () => DUE;
      const renewal = new Renewal({
        store,
        client: server,
        connections: accepting,
        clock: new TestClock(DUE),
      });
      const { attempt } = await renewal.attempt();
      failed = attempt.outcome !== 'renewed';
      expect((await certificateOf(store)) === original).toBe(failed);
      files.left = Infinity;
      if (failed) expect((await renewal.attempt()).attempt.outcome).toBe('renewed');
      expect(server.certificates.size).toBe(1);
      await store.recover();
      expect((await renewal.status())!.attempts.at(-1)!.outcome).toBe('renewed');
      expect(await store.keys.next()).toBeUndefined();
    }
  });
});
