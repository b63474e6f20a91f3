import { createPrivateKey } from 'node:crypto';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { crossSign } from '@org/pki';
import { certificatePem } from '@org/x509';
import { type CandidateTester, Enrolment, type EnrolmentClient, type Identity } from '../../src/index.js';
import { DAY, HOUR, NOW, TestAuthority, TestClock, aRoot } from '../support/authority.js';
import { csrOf, storeIn } from '../support/device.js';
import { FakeServer, mishap, refusal } from '../support/fake-server.js';
import { MemoryDisk } from '../support/memory-disk.js';
import { DUE, Renewing, certificateOf } from '../support/renewing.js';

let authority: TestAuthority;
let disk: ReadonlyMap<string, string>;
let original: string;
let aDevice: Renewing['device'];

beforeAll(async () => {
  const renewing = await Renewing.make();
  ({ authority, disk, original } = renewing);
  aDevice = (under) => renewing.device(under);
});

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
      connections: { test: () => Promise.reject(refusal('unauthenticated', 'certificate_revoked')) },
    });
    const { attempt, error } = await renewal.attempt();
    expect(attempt).toMatchObject({
      outcome: 'failed',
      step: 'test',
      code: 'certificate_revoked',
      message: 'On purpose.',
    });
    expect(error).toMatchObject({ kind: 'unauthenticated' });
    expect(await certificateOf(store)).toBe(original);
    expect(await store.keys.next()).toBeUndefined();
    expect(await renewal.status()).toMatchObject({
      decision: { action: 'wait', reason: 'backing_off' },
      staged: false,
      attempts: [{ outcome: 'failed', code: 'certificate_revoked' }],
    });
    await renewal.attempt();
    expect(server.certificates.size).toBe(2);
  });

  it('tries the same certificate again when the test connection fails for want of a network, but not for ever', async () => {
    let broken = true;
    const connections: CandidateTester = {
      test: () => (broken ? Promise.reject(new Error('ECONNREFUSED')) : Promise.resolve()),
    };
    const { store, renewal, server } = aDevice({ connections });
    for (let n = 0; n < 4; n++) {
      expect((await renewal.attempt()).attempt).toMatchObject({
        outcome: 'failed',
        code: 'test_connection_failed',
      });
      expect((await renewal.status())!.staged).toBe(true);
    }
    expect(server.certificates.size).toBe(1);
    const test = async ({ certificate }: Identity) => {
      if (broken && certificate.fingerprint !== original) throw new Error('ECONNREFUSED');
    };
    connections.test = test;
    await renewal.attempt();
    // The old one is taken by the server, so that the new one was never used.
    expect((await renewal.status())!.staged).toBe(false);
    broken = false;
    expect((await renewal.attempt()).attempt.outcome).toBe('renewed');
    expect(server.certificates.size).toBe(2);
    expect(await certificateOf(store)).not.toBe(original);
  });

  it('does not give a new certificate up that may have been put into use by a test whose answer was lost', async () => {
    const revoked = new Set<string>();
    let [inUse, answersGetLost] = [original, true];
    const connections: CandidateTester = {
      // As the server does: where a certificate is used, the one before is revoked.
      test: async ({ certificate: { fingerprint } }) => {
        if (revoked.has(fingerprint)) throw refusal('forbidden', 'certificate_revoked');
        if (fingerprint !== inUse) revoked.add(inUse);
        inUse = fingerprint;
        if (answersGetLost) throw refusal('ambiguous');
      },
    };
    const { store, renewal, server } = aDevice({ connections });
    for (let n = 0; n < 10; n++) expect((await renewal.attempt()).attempt.outcome).toBe('failed');
    expect(await certificateOf(store)).toBe(original);
    answersGetLost = false;
    expect((await renewal.attempt()).attempt.outcome).toBe('renewed');
    expect(server.certificates.size).toBe(1);
    expect(await certificateOf(store)).toBe(inUse);
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

  it('goes on with the same key when a proxy refuses, or the device cannot ask', async () => {
    const { renewal, server, store, clock } = aDevice({ clock: new TestClock(NOW + 100 * DAY) });
    let key: string | undefined;
    for (const error of [
      mishap('unavailable', 'proxy_answered'),
      mishap('invalid', 'certificate_unreadable'),
    ]) {
      server.fails = { renew: error };
      expect((await renewal.attempt()).attempt).toMatchObject({ step: 'request', code: error.code });
      expect(await renewal.status()).toMatchObject({
        enrolAgain: false,
        decision: { reason: 'backing_off' },
      });
      key ??= (await store.keys.next())!.fingerprint;
    }
    server.fails = undefined;
    expect((await renewal.attempt()).attempt.outcome).toBe('renewed');
    expect((await store.report(clock.now())).identity!.key.fingerprint).toBe(key);
  });

  it('leaves its key to the code of the new enrolment, however long that takes', async () => {
    const { renewal, server, store, clock } = aDevice({ clock: new TestClock(NOW + 100 * DAY) });
    server.fails = { renew: 'forbidden' };
    await renewal.attempt();
    server.fails = undefined;
    const enrolment = new Enrolment({ store, client: server, clock, device: {} });
    const { code } = await enrolment.begin();
    server.approve(code);
    clock.time += 3 * DAY;
    await expect(renewal.attempt()).rejects.toMatchObject({ code: 'enrolment_under_way' });
    expect(await enrolment.step()).toMatchObject({ state: 'provisioned' });
    expect(await renewal.status()).toMatchObject({ enrolAgain: false });
    expect(server.machines.size).toBe(1);
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

const keyOf = ({ key }: Identity) => createPrivateKey(key.pem!.reveal());
