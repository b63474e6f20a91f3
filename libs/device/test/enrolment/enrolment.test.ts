import { beforeAll, describe, expect, it } from '@jest/globals';
import { createMechaClient } from '../../src/enrolment/mecha/index.js';
import { Enrolment, type EnrolmentClient, type IdentityStore } from '../../src/index.js';
import { DAY, HOUR, MINUTE, NOW, TestAuthority, TestClock } from '../support/authority.js';
import { provision, storeIn } from '../support/device.js';
import { FailingDisk } from '../support/failing-disk.js';
import { FakeServer, mishap } from '../support/fake-server.js';
import { aFolder } from '../support/folder.js';
import { aTransport } from '../support/http-server.js';
import { aMechaServer } from '../support/mecha-server.js';
import { MemoryDisk } from '../support/memory-disk.js';
import { killedAtEveryStep, stoppingCalls } from '../support/stopping.js';

let authority: TestAuthority;
beforeAll(async () => {
  authority = await TestAuthority.make();
});

interface Under {
  store?: IdentityStore;
  clock?: TestClock;
  rootFingerprint?: string;
}

const enrolmentOf = (
  client: EnrolmentClient,
  { store = storeIn('/disk', new MemoryDisk()), ...more }: Under = {},
) => ({
  store,
  enrolment: new Enrolment({
    client,
    store,
    device: { model: 'X1' },
    clock: new TestClock(),
    random: () => 0.5,
    ...more,
  }),
});

describe('an enrolment', () => {
  it('shows a code, waits, and ends with an identity', async () => {
    const server = new FakeServer(authority);
    const { enrolment, store } = enrolmentOf(server, { store: storeIn(aFolder()) });
    await expect(enrolment.step()).rejects.toMatchObject({ code: 'enrolment_not_begun' });
    const { code } = await enrolment.begin();
    expect(await enrolment.begin()).toMatchObject({ code });
    expect(await store.report(NOW)).toEqual({ state: 'enrolling', enrolling: true });
    expect(await enrolment.step()).toMatchObject({ state: 'pending', intervalMs: 5000, code: { code } });
    server.approve(code);
    expect(await enrolment.step()).toEqual({ state: 'provisioned', machineId: 'machine-1' });
    expect(await store.report(NOW)).toMatchObject({ state: 'provisioned', enrolling: false });
    expect(await enrolment.pending()).toBeUndefined();
    // The caller did not get the answer, and asks again.
    expect(await enrolment.step({ code })).toEqual({ state: 'provisioned', machineId: 'machine-1' });
  });

  it("runs over mecha's wire from the code to the certificate", async () => {
    const server = await aMechaServer(authority);
    const clock = new TestClock();
    const client = createMechaClient({ transport: aTransport(), serverUrl: server.url, clock });
    const { enrolment, store } = enrolmentOf(client, { clock });
    const codes: string[] = [];
    const machineId = await enrolment.run({
      onCode: ({ code }) => {
        codes.push(code);
        if (codes.length === 2) server.claimed.set(code, 'm-1');
      },
    });
    expect(machineId).toBe('m-1');
    expect(codes).toHaveLength(2);
    expect((await store.report(NOW)).identity!.machineId).toBe('m-1');
  });

  it.each([HOUR, -11 * MINUTE, -30 * DAY])(
    'shows how long its code is good as the server said it, by a clock that is off by %d ms',
    async (skewMs) => {
      const server = new FakeServer(authority);
      server.time = () => NOW;
      const clock = new TestClock(NOW + skewMs);
      const { enrolment, store } = enrolmentOf(server, { clock });
      expect(await enrolment.begin()).toMatchObject({ leftMs: HOUR, expiresAt: NOW + HOUR });
      clock.time += 20 * MINUTE;
      expect(await enrolment.pending()).toMatchObject({ leftMs: 40 * MINUTE });
      // Another process, which has not asked the server for the time yet.
      const next = enrolmentOf(server, { clock, store }).enrolment;
      expect(await next.pending()).toMatchObject({ leftMs: 40 * MINUTE });
      expect(await next.begin()).toMatchObject({ code: 'CODE-1', leftMs: 40 * MINUTE });
      expect(server.calls).toEqual(['ping', 'begin']);
      // The clock is set right meanwhile: never more than the server said, nor less than nothing.
      clock.time -= skewMs;
      const { leftMs } = (await enrolmentOf(server, { clock, store }).enrolment.pending())!;
      expect(leftMs).toBeGreaterThanOrEqual(0);
      expect(leftMs).toBeLessThanOrEqual(HOUR);
    },
  );

  it("takes a code that others made on mecha's wire, when told to, and no other", async () => {
    const server = await aMechaServer(authority);
    const client = createMechaClient({
      transport: aTransport(),
      serverUrl: server.url,
      clock: new TestClock(),
    });
    const { enrolment } = enrolmentOf(client);
    const unknown = { kind: 'not_found', code: 'code_unknown' };
    await expect(enrolment.step({ code: 'SCREEN' })).rejects.toMatchObject(unknown);
    const step = { code: 'SCREEN', adopt: true };
    expect(await enrolment.step(step)).toMatchObject({ state: 'pending' });
    server.claimed.set('SCREEN', 'm-2');
    expect(await enrolment.step(step)).toEqual({ state: 'provisioned', machineId: 'm-2' });
    const ours = enrolmentOf(new FakeServer(authority)).enrolment;
    await ours.begin();
    await expect(ours.step({ code: 'OTHER', adopt: true })).rejects.toMatchObject(unknown);
  });

  it('goes on where it was, with the same key, killed at any write or call; the server makes one machine', async () => {
    let disk = new MemoryDisk();
    let server = new FakeServer(authority);
    const steps = await killedAtEveryStep(
      async (countdown) => {
        server = new FakeServer(authority);
        disk = new MemoryDisk(new Map(), countdown);
        const life = enrolmentOf(stoppingCalls(server, countdown), { store: storeIn('/disk', disk) });
        await life.store.recover();
        server.approve((await life.enrolment.begin()).code);
        await life.enrolment.step();
      },
      async () => {
        const store = storeIn('/disk', new MemoryDisk(disk.afterPowerCut((index) => index % 2 === 0)));
        await store.recover();
        const { enrolment } = enrolmentOf(server, { store });
        const approved = server.machines.size > 0;
        if ((await store.report(NOW)).state !== 'provisioned') {
          const { code } = await enrolment.begin();
          if (!approved) server.approve(code);
          expect(await enrolment.step()).toMatchObject({ state: 'provisioned' });
        }
        expect(await store.report(NOW)).toMatchObject({ state: 'provisioned', enrolling: false });
        expect(server.machines.size).toBe(1);
        expect(server.certificates.size).toBe(1);
      },
    );
    expect(steps).toBeGreaterThan(60);
  });

  it('waits for a disk that takes no more changes, from whichever on, and makes one machine', async () => {
    for (let taken = 0, failures = 1; failures > 0; taken++) {
      const server = new FakeServer(authority);
      const disk = new FailingDisk(new MemoryDisk(), taken);
      const { enrolment, store } = enrolmentOf(server, { store: storeIn('/disk', disk) });
      failures = 0;
      const codes: string[] = [];
      await enrolment.run({
        onCode: ({ code }) => {
          codes.push(code);
          server.approve(code);
        },
        onFailure: ({ code }) => {
          expect(code).toBe('disk_full');
          failures += 1;
          // One who waits for two pauses is not in a hurry.
          if (failures === 2) disk.left = Infinity;
        },
      });
      expect(await store.report(NOW)).toMatchObject({ state: 'provisioned', enrolling: false });
      expect(codes).toHaveLength(1);
      expect(server.machines.size).toBe(1);
      expect(server.certificates.size).toBe(1);
      disk.left = Infinity;
      await store.recover();
      expect(await store.keys.next()).toBeUndefined();
    }
  });

  it('waits through an outage, and asks with the same key', async () => {
    const server = new FakeServer(authority);
    const clock = new TestClock();
    const { enrolment } = enrolmentOf(server, { clock });
    const failures: number[] = [];
    server.fails = 'unavailable';
    const machineId = await enrolment.run({
      onCode: ({ code }) => {
        server.approve(code);
        server.fails = { redeem: 'ambiguous' };
      },
      onFailure: (error, pauseMs) => {
        expect(error.code).toBe('invalid_request');
        failures.push(pauseMs);
        if (failures.length === 3) server.fails = undefined;
        if (failures.length === 8) server.fails = undefined;
      },
    });
    expect(machineId).toBe('machine-1');
    expect(failures).toHaveLength(8);
    expect(Math.min(...failures)).toBeGreaterThanOrEqual(2000);
    expect(server.certificates.size).toBe(1);
  });

  it('keeps an approval that the server gives only once', async () => {
    const server = new FakeServer(authority);
    const disk = new MemoryDisk();
    const { enrolment } = enrolmentOf(server, { store: storeIn('/disk', disk) });
    server.approve((await enrolment.begin()).code);
    server.fails = { redeem: 'ambiguous' };
    await expect(enrolment.step()).rejects.toMatchObject({ kind: 'ambiguous' });
    server.fails = { poll: 'not_found' };
    const restarted = enrolmentOf(server, { store: storeIn('/disk', disk) });
    expect(await restarted.enrolment.step()).toMatchObject({ state: 'provisioned' });
  });

  it('keeps an approval when a proxy refuses what the server would not, and when the device cannot ask', async () => {
    const server = new FakeServer(authority);
    const { enrolment, store } = enrolmentOf(server);
    const { code } = await enrolment.begin();
    server.approve(code);
    for (const error of [
      mishap('unavailable', 'proxy_answered'),
      mishap('invalid', 'certificate_unreadable'),
      mishap('forbidden', 'file_not_permitted'),
    ]) {
      server.fails = { redeem: error };
      await expect(enrolment.step()).rejects.toBe(error);
      expect(await enrolment.begin()).toMatchObject({ code });
    }
    server.fails = undefined;
    expect(await enrolment.step({ code })).toEqual({ state: 'provisioned', machineId: 'machine-1' });
    expect((await store.report(NOW)).state).toBe('provisioned');
    expect(server.machines.size).toBe(1);
  });

  it('asks what has become of an approval that has been of no use for a day', async () => {
    const server = new FakeServer(authority);
    const clock = new TestClock();
    const { enrolment } = enrolmentOf(server, { clock });
    const { code } = await enrolment.begin();
    server.approve(code);
    server.fails = { redeem: mishap('unavailable', 'proxy_answered') };
    await expect(enrolment.step()).rejects.toMatchObject({ code: 'proxy_answered' });
    clock.time += 26 * HOUR;
    expect(await enrolment.begin()).toMatchObject({ code });
    expect(server.calls.filter((name) => name === 'poll')).toHaveLength(2);
    // Not known to the server any more.
    server.poll = async () => ({ state: 'expired' });
    expect(await enrolment.begin()).toMatchObject({ code: 'CODE-2' });
  });

  it('begins anew after a day in which the server could not be asked what has become of it', async () => {
    const server = new FakeServer(authority);
    const clock = new TestClock();
    const { enrolment } = enrolmentOf(server, { clock });
    await enrolment.begin();
    const gone = mishap('unavailable', 'connect_failed');
    server.fails = { poll: gone };
    clock.time += 24 * HOUR;
    await expect(enrolment.begin()).rejects.toBe(gone);
    clock.time += HOUR;
    expect(await enrolment.begin()).toMatchObject({ code: 'CODE-2' });
  });

  it('is not known any more when the identity that came of it has been given up', async () => {
    const server = new FakeServer(authority);
    const { enrolment, store } = enrolmentOf(server);
    const { code } = await enrolment.begin();
    server.approve(code);
    await enrolment.step({ code });
    await enrolment.cancel();
    await store.remove();
    await expect(enrolment.step({ code })).rejects.toMatchObject({ code: 'code_unknown' });
  });

  it('ends when it is denied, and may begin again', async () => {
    const server = new FakeServer(authority);
    const { enrolment, store } = enrolmentOf(server);
    await expect(enrolment.run({ onCode: ({ code }) => server.deny(code) })).rejects.toMatchObject({
      code: 'enrolment_denied',
    });
    expect((await store.report(NOW)).state).toBe('none');
    expect(await enrolment.begin()).toMatchObject({ code: 'CODE-2' });
  });

  it('does not wait for the next question where the server says by itself that it has changed', async () => {
    const server = new FakeServer(authority);
    const clock = new TestClock();
    const changes = [false, true];
    const client = Object.assign(server, {
      awaitChange: async () => {
        const changed = changes.shift()!;
        if (changed) server.approve('CODE-1');
        return changed;
      },
    });
    const { enrolment } = enrolmentOf(client, { clock });
    expect(await enrolment.run({ onCode: () => {} })).toBe('machine-1');
    // Where it could not tell, the usual pause was made.
    expect(clock.slept).toEqual([5000]);
  });

  it('can be stopped', async () => {
    const { enrolment } = enrolmentOf(new FakeServer(authority));
    const stop = new AbortController();
    await expect(
      enrolment.run({ onCode: () => stop.abort(new Error('stopped')), signal: stop.signal }),
    ).rejects.toThrow('stopped');
  });

  it('gets a new code when the old one is over, but not when that was approved meanwhile', async () => {
    const server = new FakeServer(authority);
    const clock = new TestClock();
    const { enrolment } = enrolmentOf(server, { clock });
    const first = await enrolment.begin();
    clock.time += 2 * HOUR;
    const second = await enrolment.begin();
    expect(second.code).not.toBe(first.code);
    server.approve(second.code);
    clock.time += 2 * HOUR;
    expect(await enrolment.begin()).toEqual({ ...second, leftMs: 0 });
    expect(await enrolment.step()).toMatchObject({ state: 'provisioned' });
    expect(server.machines.size).toBe(1);
  });

  it('ends on a refusal, and not on an answer that the device cannot accept yet', async () => {
    const server = new FakeServer(authority);
    const { enrolment, store } = enrolmentOf(server, { rootFingerprint: '0'.repeat(64) });
    const { code } = await enrolment.begin();
    server.approve(code);
    await expect(enrolment.step()).rejects.toMatchObject({ code: 'root_not_trusted' });
    expect((await store.report(NOW)).state).toBe('enrolling');
    // The settings are put right.
    const { enrolment: again } = enrolmentOf(server, { store });
    server.fails = { redeem: 'forbidden' };
    await expect(again.step()).rejects.toMatchObject({ kind: 'forbidden' });
    expect((await store.report(NOW)).state).toBe('none');
  });

  it('accepts a certificate although the clock stands at 1970, when the server says what time it is', async () => {
    const server = new FakeServer(authority);
    const { enrolment } = enrolmentOf(server, { clock: new TestClock(0) });
    server.approve((await enrolment.begin()).code);
    await expect(enrolment.step()).rejects.toMatchObject({ code: 'certificate_not_yet_valid' });
    const told = new FakeServer(authority);
    told.time = () => NOW;
    const { enrolment: corrected } = enrolmentOf(told, { clock: new TestClock(0) });
    told.approve((await corrected.begin()).code);
    expect(await corrected.step()).toMatchObject({ state: 'provisioned' });
  });

  it('leaves the identity that there is in place until the new one is whole', async () => {
    const server = new FakeServer(authority);
    const { enrolment, store } = enrolmentOf(server, { clock: new TestClock(NOW + 100 * DAY) });
    await provision(store, authority, 'old-one');
    await enrolment.begin();
    expect(await store.report(NOW)).toMatchObject({
      state: 'provisioned',
      enrolling: true,
      identity: { machineId: 'old-one' },
    });
    await enrolment.cancel();
    expect(await store.report(NOW)).toMatchObject({ state: 'provisioned', enrolling: false });
  });

  it('begins anew when its key is gone, or its note cannot be read', async () => {
    const server = new FakeServer(authority);
    const { enrolment, store } = enrolmentOf(server);
    const { code } = await enrolment.begin();
    await store.keys.discardNext();
    server.approve(code);
    await expect(enrolment.step()).rejects.toMatchObject({ code: 'key_missing' });
    const again = await enrolment.begin();
    expect(again.code).not.toBe(code);
    await store.writeNote('enrolment', '{"version":1}');
    expect((await enrolment.begin()).code).not.toBe(again.code);
    const failing = new FakeServer(authority);
    failing.fails = { ping: 'not_found' };
    await enrolmentOf(failing).enrolment.begin();
  });
});
