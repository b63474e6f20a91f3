import { beforeAll, describe, expect, it } from '@jest/globals';
import { type CandidateTester, Enrolment } from '../../src/index.js';
import { HOUR, type TestAuthority } from '../support/authority.js';
import { storeIn } from '../support/device.js';
import { FailingDisk } from '../support/failing-disk.js';
import { FakeServer } from '../support/fake-server.js';
import { MemoryDisk } from '../support/memory-disk.js';
import { DUE, Renewing, type Under } from '../support/renewing.js';

let authority: TestAuthority;
let disk: ReadonlyMap<string, string>;
let renewing: Renewing;
beforeAll(async () => {
  renewing = await Renewing.make();
  ({ authority, disk } = renewing);
});

const aDevice = (under?: Under) => renewing.device(under);

describe('a renewal beside an enrolment', () => {
  it('waits while the device is being enrolled, and not for an enrolment that no one has ended', async () => {
    const { store, renewal, server, clock } = aDevice();
    const enrolment = new Enrolment({ store, client: server, clock, device: {} });
    await enrolment.begin();
    expect((await renewal.status())!.decision).toMatchObject({ action: 'wait', reason: 'enrolling' });
    await expect(renewal.attempt()).rejects.toMatchObject({ code: 'enrolment_under_way' });
    clock.time += 2 * HOUR;
    expect((await renewal.attempt()).attempt.outcome).toBe('renewed');
  });

  it('has a key of its own when it comes after an enrolment that no one has ended', async () => {
    const connections: CandidateTester = { test: () => Promise.reject(new Error('ECONNREFUSED')) };
    const { store, renewal, server, clock } = aDevice({ connections });
    // A certificate waits for its test, with the key that the code is then for.
    await renewal.attempt();
    connections.test = async () => undefined;
    const { keyFingerprint } = await new Enrolment({ store, client: server, clock, device: {} }).begin();
    clock.time += 2 * HOUR;
    expect((await renewal.attempt()).attempt.outcome).toBe('renewed');
    expect((await store.report(DUE)).identity!.key.fingerprint).not.toBe(keyFingerprint);
    expect(await store.report(DUE)).toMatchObject({ enrolling: false });
  });

  it.each([1, 2])(
    'leaves its key to a code that takes the place of such an enrolment after it was looked at %i times',
    async (times) => {
      const { store, renewal, server, clock } = aDevice();
      const enrolment = new Enrolment({ store, client: server, clock, device: {} });
      const stale = await enrolment.begin();
      clock.time += 2 * HOUR;
      const readNote = store.readNote.bind(store);
      store.readNote = async (note) => {
        const text = await readNote(note);
        if (note === 'enrolment' && --times === 0) await enrolment.begin();
        return text;
      };
      expect((await renewal.attempt()).attempt).toMatchObject({
        outcome: 'failed',
        code: 'enrolment_under_way',
      });
      const { code, keyFingerprint } = (await enrolment.pending())!;
      expect(code).not.toBe(stale.code);
      expect((await store.keys.next())!.fingerprint).toBe(keyFingerprint);
    },
  );

  it('waits for a disk that takes no more changes, from whichever on, after such an enrolment', async () => {
    let outcome: string | undefined;
    for (let left = 0; outcome !== 'renewed'; left++) {
      const failing = new FailingDisk(new MemoryDisk(disk), Infinity);
      const store = storeIn('/d', failing);
      const { renewal, server, clock } = aDevice({ store });
      await new Enrolment({ store, client: server, clock, device: {} }).begin();
      clock.time += 2 * HOUR;
      failing.left = left;
      ({ outcome } = (await renewal.attempt()).attempt);
      failing.left = Infinity;
      expect((await renewal.attempt({ force: true })).attempt.outcome).toBe('renewed');
    }
  });

  it.each(['ping', 'renew'] as const)('leaves its key to a code that appears during its %s', async (at) => {
    const store = storeIn('/d', new MemoryDisk(disk));
    const { clock } = aDevice();
    const enrolments = new FakeServer(authority);
    const enrolment = new Enrolment({ store, client: enrolments, clock, device: {} });
    const server = new FakeServer(authority);
    server.fails = { renew: 'forbidden' };
    const before = server[at].bind(server) as (...args: unknown[]) => Promise<never>;
    server[at] = async (...args: unknown[]) => {
      await enrolment.begin();
      return before(...args);
    };
    const { renewal } = aDevice({ store, client: server });
    expect((await renewal.attempt()).attempt.outcome).toBe('failed');
    const { code, keyFingerprint } = (await enrolment.pending())!;
    expect((await store.keys.next())!.fingerprint).toBe(keyFingerprint);
    enrolments.approve(code);
    expect(await enrolment.step()).toMatchObject({ state: 'provisioned' });
    expect(server.calls).toEqual(at === 'ping' ? ['ping'] : ['ping', 'renew']);
  });
});
