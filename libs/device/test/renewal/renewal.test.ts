import { createPrivateKey } from 'node:crypto';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { certificatePem, crossSign } from '@org/pki';
import {
  type AttemptResult,
  type Connections,
  Enrolment,
  type EnrolmentClient,
  type Identity,
  type IdentityStore,
  Renewal,
} from '../../src/index.js';
import { DAY, HOUR, NOW, TestAuthority, TestClock, aRoot } from '../support/authority.js';
import { csrOf, provision, storeIn } from '../support/device.js';
import { FakeServer, refusal } from '../support/fake-server.js';
import { MemoryDisk } from '../support/memory-disk.js';

const DUE = NOW + 66 * DAY;
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

const accepting: Connections = { test: async () => undefined };

interface Under {
  store?: IdentityStore;
  clock?: TestClock;
  connections?: Connections;
  client?: EnrolmentClient;
  random?: () => number;
}

function aDevice({
  store = storeIn('/d', new MemoryDisk(disk)),
  clock = new TestClock(DUE),
  ...more
}: Under = {}) {
  authority.clock.now = clock.now;
  const server = new FakeServer(authority);
  const options = { store, clock, client: server, connections: accepting, random: () => 0.5, ...more };
  return { store, clock, server, renewal: new Renewal(options) };
}

const certificateOf = async (store: IdentityStore): Promise<string> =>
  (await store.report(NOW)).identity!.certificate.fingerprint;

describe('a renewal', () => {
  it('puts a new key and certificate in the place of the old ones', async () => {
    const { store, renewal, server, clock } = aDevice();
    const before = (await store.report(DUE)).identity!;
    expect(await renewal.status()).toMatchObject({
      decision: { action: 'renew', reason: 'due' },
      staged: false,
    });
    const { attempt, error } = await renewal.attempt();
    expect(error).toBeUndefined();
    expect(attempt).toMatchObject({ outcome: 'renewed', step: 'swap' });
    const after = (await store.report(DUE)).identity!;
    expect(after.machineId).toBe(before.machineId);
    expect(after.key.fingerprint).not.toBe(before.key.fingerprint);
    expect(after.certificate.notAfter).toBe(DUE + 90 * DAY);
    expect(await store.keys.next()).toBeUndefined();
    expect(server.calls).toEqual(['ping', 'renew']);
    const status = await renewal.status();
    expect(status).toMatchObject({
      decision: { action: 'wait', reason: 'not_due' },
      attempts: [{ outcome: 'renewed' }],
    });
    expect(clock.slept).toEqual([]);
  });

  it('connects with the new identity before it is in use, and with nothing else', async () => {
    let seen: { candidate: Identity; inUse: string } | undefined;
    const store = storeIn('/d', new MemoryDisk(disk));
    const { renewal } = aDevice({
      store,
      connections: {
        test: async (candidate) => {
          seen = { candidate, inUse: await certificateOf(store) };
        },
      },
    });
    await renewal.attempt();
    const { candidate, inUse } = seen!;
    expect(inUse).toBe(original);
    expect(candidate.certificate.x509.checkPrivateKey(keyOf(candidate))).toBe(true);
    expect(candidate.machineId).toBe('machine-1');
    expect(await certificateOf(store)).toBe(candidate.certificate.fingerprint);
  });

  it('does not happen before it is due, unless it is forced', async () => {
    const { renewal } = aDevice({ clock: new TestClock(NOW + DAY) });
    expect((await renewal.attempt()).attempt).toMatchObject({ outcome: 'not_due' });
    expect((await renewal.attempt({ force: true })).attempt).toMatchObject({ outcome: 'renewed' });
  });

  it('keeps the old identity when the server refuses the test connection, and begins with a new key', async () => {
    const { store, renewal, server } = aDevice({
      connections: { test: () => Promise.reject(refusal('unauthenticated', 'certificate_refused')) },
    });
    const { attempt, error } = await renewal.attempt();
    expect(attempt).toMatchObject({
      outcome: 'failed',
      step: 'test',
      code: 'certificate_refused',
      message: 'On purpose.',
    });
    expect(error).toMatchObject({ kind: 'unauthenticated' });
    expect(await certificateOf(store)).toBe(original);
    expect(await store.keys.next()).toBeUndefined();
    expect(await renewal.status()).toMatchObject({
      decision: { action: 'wait', reason: 'backing_off' },
      staged: false,
      attempts: [{ outcome: 'failed', code: 'certificate_refused' }],
    });
    await renewal.attempt();
    expect(server.certificates.size).toBe(2);
  });

  it('tries the same certificate again when the test connection fails for want of a network, but not for ever', async () => {
    let broken = true;
    const { store, renewal, server } = aDevice({
      connections: { test: () => (broken ? Promise.reject(new Error('ECONNREFUSED')) : Promise.resolve()) },
    });
    for (let n = 0; n < 4; n++) {
      expect((await renewal.attempt()).attempt).toMatchObject({
        outcome: 'failed',
        code: 'test_connection_failed',
      });
      expect((await renewal.status())!.staged).toBe(true);
    }
    expect(server.certificates.size).toBe(1);
    await renewal.attempt();
    expect((await renewal.status())!.staged).toBe(false);
    broken = false;
    expect((await renewal.attempt()).attempt.outcome).toBe('renewed');
    expect(server.certificates.size).toBe(2);
    expect(await certificateOf(store)).not.toBe(original);
  });

  it('refuses what does not fit, and keeps the old identity', async () => {
    const stranger = await TestAuthority.make({ now: () => DUE }, await aRoot('Stranger'));
    const { store } = aDevice();
    const cases: [Partial<EnrolmentClient>, string][] = [
      [
        {
          renew: async () =>
            authority.issue(await csrOf((await store.keys.next())!, 'machine-2'), 'machine-2'),
        },
        'issued_for_another_machine',
      ],
      [{ renew: async ({ csr }) => stranger.issue(csr, 'machine-1') }, 'root_not_trusted'],
      [{ renew: async () => ({ certificate: 'x', caBundle: [], root: '' }) }, 'issued_unreadable'],
      [
        {
          renew: async ({ identity }) => ({
            certificate: identity.files.cert,
            caBundle: [identity.files.caBundle!],
            root: '',
          }),
        },
        'issued_for_another_key',
      ],
    ];
    for (const [wrong, code] of cases) {
      const { renewal } = aDevice({ store, client: Object.assign(new FakeServer(authority), wrong) });
      expect((await renewal.attempt()).attempt).toMatchObject({ outcome: 'failed', step: 'check', code });
      expect(await certificateOf(store)).toBe(original);
      expect(await store.keys.next()).toBeUndefined();
    }
  });

  it('asks again with the same key when the answer was lost, or the server was away', async () => {
    const { renewal, server, store } = aDevice();
    for (const kind of ['ambiguous', 'unavailable'] as const) {
      server.fails = { renew: kind };
      expect((await renewal.attempt()).attempt).toMatchObject({ outcome: 'failed', step: 'request' });
    }
    const key = (await store.keys.next())!.fingerprint;
    server.fails = undefined;
    await renewal.attempt();
    expect((await store.report(NOW)).identity!.key.fingerprint).toBe(key);
    server.fails = { renew: 'forbidden' };
    await renewal.attempt({ force: true });
    expect(await store.keys.next()).toBeUndefined();
  });

  it('takes over a root that a known one vouches for', async () => {
    const successor = await TestAuthority.make({ now: () => DUE }, await aRoot('Successor'));
    const bridge = await crossSign(authority.root, successor.root.certificate, {
      now: NOW,
      lifetimeMs: 1000 * DAY,
    });
    const { store, renewal } = aDevice({
      client: Object.assign(new FakeServer(authority), {
        renew: async ({ csr }: { csr: string }) => {
          const issued = await successor.issue(csr, 'machine-1');
          return { ...issued, caBundle: [...issued.caBundle, certificatePem(bridge.der)] };
        },
      }),
    });
    expect((await renewal.attempt()).attempt.outcome).toBe('renewed');
    const { identity } = await store.report(DUE);
    expect(identity!.roots.map(({ fingerprint }) => fingerprint)).toEqual(
      [authority, successor].map(({ root }) => root.certificate.fingerprint),
    );
  });

  it('does without a disk that is full, and without losing what it knows', async () => {
    let full = true;
    const memory = new MemoryDisk(disk);
    const create = memory.create.bind(memory);
    memory.create = async (path, content) => {
      if (full) throw refusal('unavailable', 'disk_full');
      await create(path, content);
    };
    const store = storeIn('/d', memory);
    const { renewal, clock } = aDevice({ store });
    expect((await renewal.attempt()).attempt).toMatchObject({ outcome: 'failed', code: 'disk_full' });
    expect((await renewal.status())!.decision).toMatchObject({ action: 'wait', reason: 'backing_off' });
    expect(await certificateOf(store)).toBe(original);
    full = false;
    clock.time += DAY;
    expect((await renewal.attempt()).attempt.outcome).toBe('renewed');
    expect((await renewal.status())!.attempts.map(({ outcome }) => outcome)).toEqual(['failed', 'renewed']);
  });

  it('waits while the device is being enrolled, and not for an enrolment that nobody has ended', async () => {
    const { store, renewal, server, clock } = aDevice();
    const enrolment = new Enrolment({ store, client: server, clock, device: {} });
    await enrolment.begin();
    expect((await renewal.status())!.decision).toMatchObject({ action: 'wait', reason: 'enrolling' });
    await expect(renewal.attempt()).rejects.toMatchObject({ code: 'enrolment_under_way' });
    clock.time += 2 * HOUR;
    expect((await renewal.attempt()).attempt.outcome).toBe('renewed');
  });

  it('needs an identity', async () => {
    const { renewal } = aDevice({ store: storeIn('/d', new MemoryDisk()) });
    await expect(renewal.attempt()).rejects.toMatchObject({ code: 'not_provisioned' });
    expect(await renewal.status()).toBeUndefined();
    await renewal.run();
  });

  it('begins anew with a state that cannot be read', async () => {
    const { store, renewal } = aDevice();
    for (const text of ['', '{', '{"version":1}', '{"version":2,"attempts":[]}', 'null']) {
      await store.writeNote('renewal', text);
      expect((await renewal.status())!.attempts).toEqual([]);
    }
  });
});

describe('a clock that is wrong', () => {
  it('and ahead does not renew what the server knows to be young', async () => {
    const { renewal, server } = aDevice({ clock: new TestClock(NOW + 365 * DAY) });
    expect((await renewal.status())!.decision).toMatchObject({ reason: 'expired' });
    server.time = () => NOW + DAY;
    expect((await renewal.attempt()).attempt.outcome).toBe('not_due');
    expect(await renewal.status()).toMatchObject({
      decision: { action: 'wait', reason: 'not_due' },
      clockSkewMs: 364 * DAY,
    });
  });

  it('and behind does not keep from renewing what is due', async () => {
    const { renewal, server } = aDevice({ clock: new TestClock(0) });
    authority.clock.now = () => DUE;
    expect((await renewal.status())!.decision).toEqual({ action: 'ask_time' });
    expect((await renewal.attempt()).attempt).toMatchObject({ outcome: 'failed', code: 'clock_wrong' });
    server.time = () => DUE;
    expect((await renewal.attempt()).attempt.outcome).toBe('renewed');
  });
});

describe('after expiry', () => {
  it('asks for what the server allows then', async () => {
    const { renewal, server, store, clock } = aDevice({ clock: new TestClock(NOW + 100 * DAY) });
    const asked: boolean[] = [];
    const client = Object.assign(new FakeServer(authority), {
      renew: async (request: Parameters<EnrolmentClient['renew']>[0]) => {
        asked.push(request.expired);
        return server.renew(request);
      },
    });
    const result = await aDevice({ store, client, clock }).renewal.attempt();
    expect(result.attempt.outcome).toBe('renewed');
    expect(asked).toEqual([true]);
    expect(await renewal.status()).toMatchObject({ decision: { action: 'wait' }, enrolAgain: false });
  });

  it('says that only a new enrolment helps when the server refuses, and still tries now and then', async () => {
    const { renewal, server, clock } = aDevice({ clock: new TestClock(NOW + 100 * DAY) });
    server.fails = { renew: 'forbidden' };
    await renewal.attempt();
    expect(await renewal.status()).toMatchObject({ enrolAgain: true, decision: { reason: 'backing_off' } });
    clock.time += 2 * HOUR;
    server.fails = undefined;
    await renewal.attempt();
    expect(await renewal.status()).toMatchObject({
      enrolAgain: false,
      attempts: [{ outcome: 'failed' }, { outcome: 'renewed' }],
    });
  });
});

/** Its sleeps end by their signal alone. */
class SleepyClock extends TestClock {
  override sleep = (ms: number, signal?: AbortSignal): Promise<void> =>
    new Promise((resolve, reject) => {
      this.slept.push(ms);
      // The pause before the first attempt is not what this is about.
      if (ms <= 60e3) return resolve();
      if (signal?.aborted) return reject(signal.reason as Error);
      signal?.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
    });
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve));
}

describe('the daemon', () => {
  /** Lets it run until a number of attempts has been made. */
  async function runUntil(
    renewal: Renewal,
    isEnough: (results: AttemptResult[]) => boolean,
  ): Promise<AttemptResult[]> {
    const stop = new AbortController();
    const results: AttemptResult[] = [];
    const onAttempt = (result: AttemptResult) => {
      results.push(result);
      if (isEnough(results)) stop.abort(new Error('enough'));
    };
    await expect(renewal.run({ onAttempt, signal: stop.signal })).rejects.toThrow('enough');
    return results;
  }

  it('renews again and again', async () => {
    const { renewal, server, clock } = aDevice();
    server.lifetimeMs = 3 * DAY;
    const results = await runUntil(renewal, ({ length }) => length === 4);
    expect(results.map(({ attempt }) => attempt.outcome)).toEqual(Array(4).fill('renewed'));
    expect(clock.time - DUE).toBeGreaterThan(3 * 1.8 * DAY);
    expect(clock.time - DUE).toBeLessThan(3 * 2.2 * DAY);
    expect(Math.max(...clock.slept)).toBeLessThanOrEqual(HOUR);
  });

  it('gets through a server that is down for days', async () => {
    const { renewal, server, clock } = aDevice();
    server.fails = 'unavailable';
    const results = await runUntil(renewal, (all) => {
      if (clock.time > DUE + 3 * DAY) server.fails = undefined;
      return all.at(-1)!.attempt.outcome === 'renewed';
    });
    expect(clock.time).toBeLessThan(DUE + 3.5 * DAY);
    expect(results.length).toBeGreaterThan(20);
    expect((await renewal.status())!.attempts.length).toBeLessThanOrEqual(20);
  });

  it('does not start at the same second as everybody else', async () => {
    const { renewal, clock } = aDevice({ random: () => 0.25 });
    await runUntil(renewal, () => true);
    expect(clock.slept[0]).toBe(15e3);
  });

  it('wakes up when the server would like a renewal sooner, and when the identity is gone', async () => {
    const { renewal, server, store } = aDevice({ clock: new SleepyClock(NOW + HOUR) });
    const running = renewal.run();
    await renewal.hint(NOW);
    // Sleeps for ever unless it is woken.
    await until(() => server.calls.includes('renew'));
    expect(await renewal.status()).toMatchObject({ attempts: [{ outcome: 'renewed' }] });
    await store.remove();
    renewal.wake();
    await running;
    await renewal.hint(NOW);
    expect(await renewal.status()).toBeUndefined();
  });

  it('ends when the identity is taken away, and when it is told to', async () => {
    const { renewal, store, clock } = aDevice();
    await renewal.run({ onAttempt: () => void store.remove() });
    expect(clock.time).toBeGreaterThan(DUE);
    await expect(aDevice().renewal.run({ signal: AbortSignal.abort(new Error('stopped')) })).rejects.toThrow(
      'stopped',
    );
  });
});

const keyOf = ({ key }: Identity) => createPrivateKey(key.pem!.reveal());
