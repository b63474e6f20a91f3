import { describe, expect, it } from '@jest/globals';
import { type ProvisionError, Secret } from '@org/domain';
import { CodeIssuance, DEFAULT_SETTINGS } from '../src/index.js';
import { ANN, BOB, aKey, approvedDevice, bench, expectStep, outcomeOf, request } from './harness.js';

const MINUTE = 60_000;

describe('a device that is enrolled', () => {
  it('goes from its code to its outcome', async () => {
    const { codes } = bench();
    const keyFingerprint = aKey();
    const device = { model: 'Gate 2', serial: 'A-17' };
    const begun = await codes.begin({ keyFingerprint, device, commonName: 'gate-17', origin: '192.0.2.1' });
    expect(begun.code.reveal()).toMatch(/^[BCDFGHJKLMNPQRSTVWXZ]{4}-[BCDFGHJKLMNPQRSTVWXZ]{4}$/);
    expect(Buffer.from(begun.pollingSecret.reveal(), 'base64url')).toHaveLength(32);
    expect(await codes.poll(begun)).toMatchObject({ state: 'pending', slowDown: false, intervalMs: 5_000 });

    const typed = new Secret(begun.code.reveal().toLowerCase().replace('-', ' '));
    const seen = await codes.lookUp({ code: typed, ...ANN });
    expect(seen).toMatchObject({
      id: begun.id,
      device,
      commonName: 'gate-17',
      keyFingerprint,
      origin: '192.0.2.1',
    });
    const held = expectStep(await codes.holdApproval(seen.id, request('{"name":"gw"}')), 'carry_out');
    expect(held).toMatchObject({ resumed: false, enrolment: { state: 'approving', domainId: 'plant' } });
    expect((await codes.poll(begun)).state).toBe('pending');
    // Watching is no poll, however often.
    for (let n = 0; n < 3; n++)
      expect(await codes.watch(begun)).toMatchObject({ state: 'pending', slowDown: false });
    await codes.completeApproval(held.lease, new Secret('{"machineId":"m"}'));
    expect((await codes.poll(begun)).state).toBe('approved');

    const redemption = expectStep(await codes.redeem({ ...begun, keyFingerprint }), 'issue');
    expect(redemption).toMatchObject({ resumed: false, previous: undefined });
    expect(redemption.enrolment.approval?.payload.reveal()).toBe('{"machineId":"m"}');
    expect((await codes.poll(begun)).state).toBe('approved');
    await codes.recordOutcome(redemption.lease, new Secret('certificate'));
    expect((await codes.poll(begun)).state).toBe('redeemed');
    expect(await codes.find(begun.id)).toMatchObject({ state: 'redeemed', keyFingerprint, undoDue: false });
  });

  it('leaves neither its code nor its secrets in the store or in anything printed', async () => {
    const { codes, store } = bench();
    const { id, code, pollingSecret } = await approvedDevice(codes);
    const printed = JSON.stringify([await store.findById(id), await codes.find(id)]);
    const plain = code.reveal().replace('-', '');
    for (const secret of [plain, code.reveal(), pollingSecret.reveal()])
      expect(printed).not.toContain(secret);
    expect(JSON.stringify({ code, pollingSecret })).toBe(
      '{"code":"[redacted]","pollingSecret":"[redacted]"}',
    );
  });

  it('is found by another process that has the key, and not by one that has another', async () => {
    const { codes, store, clock, hashKey } = bench();
    const begun = await approvedDevice(codes);
    const same = new CodeIssuance({ store, clock, hashKey });
    const other = new CodeIssuance({ store, clock, hashKey: Buffer.alloc(32) });
    expect((await same.poll(begun)).state).toBe('approved');
    expect(await outcomeOf(other.poll(begun))).toBe('enrolment_unknown');
  });

  it('may have to show its code too, where a protocol carries it', async () => {
    const { codes } = bench();
    const { pollingSecret, code, keyFingerprint } = await approvedDevice(codes);
    const wrong = new Secret('BCDF-GHJK');
    expect(await outcomeOf(codes.redeem({ pollingSecret, code: wrong, keyFingerprint }))).toBe(
      'enrolment_unknown',
    );
    expect(await outcomeOf(codes.redeem({ pollingSecret, code, keyFingerprint }))).toBe('ok');
  });
});

describe('what a device asks for', () => {
  it('is refused when it makes no sense', async () => {
    const { codes } = bench();
    const begin = (more: object) => outcomeOf(codes.begin({ keyFingerprint: aKey(), origin: 'x', ...more }));
    expect(await begin({ keyFingerprint: 'ab'.repeat(32) })).toBe('enrolment_request_invalid');
    expect(await begin({ commonName: 'c'.repeat(65) })).toBe('enrolment_request_invalid');
    expect(await begin({ commonName: 'c'.repeat(64) })).toBe('ok');
  });

  it('is refused when too many wait of its address, and others make room where too many wait in all', async () => {
    const displaced: unknown[] = [];
    const pending = { ...DEFAULT_SETTINGS.pending, overAll: 5, address: 2 };
    const { codes, clock } = bench({ pending }, (facts) => displaced.push(facts));
    const refusals: unknown[] = [];
    const begin = (origin: string) =>
      codes.begin({ keyFingerprint: aKey(), origin }).catch((error: ProvisionError) => {
        refusals.push(error.details);
      });
    await begin('192.0.2.1');
    const soon = (await begin('192.0.2.1'))!;
    for (const origin of ['192.0.2.1', '192.0.2.2', '192.0.2.3', '192.0.2.4']) await begin(origin);
    expect(refusals).toEqual([{ limit: 'address', retryAfter: 5 }]);
    await begin('192.0.2.1');
    await begin('192.0.2.5');
    expect(displaced).toEqual([{ limit: 'over_all', origin: '192.0.2.1' }]);
    // Now all have as many.
    await begin('192.0.2.5');
    expect(refusals.at(-1)).toEqual({ limit: 'over_all', retryAfter: 5 });
    expect((await codes.poll(soon)).state).toBe('pending');
    clock.advance(10 * MINUTE);
    expect(await outcomeOf(codes.begin({ keyFingerprint: aKey(), origin: '192.0.2.1' }))).toBe('ok');
  });

  it('gets a longer code while many wait, which is typed and redeemed like any other', async () => {
    const { codes } = bench({ shortCodes: 2 });
    const begin = async () => {
      const keyFingerprint = aKey();
      return { keyFingerprint, ...(await codes.begin({ keyFingerprint, origin: '192.0.2.1' })) };
    };
    const all = [await begin(), await begin(), await begin()];
    expect(all.map(({ code }) => code.reveal().length)).toEqual([9, 9, 11]);
    const [first, , last] = all;
    expect(last!.code.reveal()).toMatch(/^[BCDFGHJKLMNPQRSTVWXZ]{5}-[BCDFGHJKLMNPQRSTVWXZ]{5}$/);
    const typed = new Secret(last!.code.reveal().toLowerCase().replace('-', ' '));
    const { id } = await codes.lookUp({ code: typed, ...ANN });
    await codes.approve(id, request());
    const wrong = codes.redeem({ ...last!, code: first!.code });
    expect(await outcomeOf(wrong)).toBe('enrolment_unknown');
    expectStep(await codes.redeem(last!), 'issue');
    // Two wait again.
    expect((await begin()).code.reveal()).toHaveLength(11);
    await codes.dropPending({ ids: [first!.id] });
    await codes.dropPending({ ids: [all[1]!.id] });
    expect((await begin()).code.reveal()).toHaveLength(9);
  });

  it('takes the place of what it asked for before with the same key', async () => {
    const { codes } = bench();
    const keyFingerprint = aKey();
    const begin = (origin: string) => codes.begin({ keyFingerprint, origin });
    const [first, second] = [await begin('192.0.2.1'), await begin('198.51.100.1')];
    expect(await outcomeOf(codes.poll(first))).toBe('enrolment_unknown');
    expect(await outcomeOf(codes.lookUp({ code: first.code, ...ANN }))).toBe('code_unknown');
    const { id } = await codes.lookUp({ code: second.code, ...ANN });
    await codes.approve(id, request());
    await begin('192.0.2.1');
    expect((await codes.poll(second)).state).toBe('approved');
  });

  it('gets another code when the one drawn is in use', async () => {
    const { store, clock, hashKey } = bench();
    // Every draw of a code takes 8 bytes; the second device draws the first one's code, and then another.
    const draws = [1, 1, 2].map((byte) => Buffer.alloc(8, byte));
    const random = { bytes: (count: number) => (count === 8 ? draws.shift()! : Buffer.alloc(count)) };
    const codes = new CodeIssuance({ store, clock, hashKey, random });
    const begin = async () => (await codes.begin({ keyFingerprint: aKey(), origin: 'x' })).code.reveal();
    expect([await begin(), await begin()]).toEqual(['CCCC-CCCC', 'DDDD-DDDD']);
  });
});

describe('polling', () => {
  it('is slowed down while no one has approved, and answered at once after that (RFC 8628 §3.5)', async () => {
    const { codes, clock } = bench();
    const begun = await codes.begin({ keyFingerprint: aKey(), origin: '192.0.2.1' });
    const poll = async (waitMs: number) => {
      clock.advance(waitMs);
      const { state, slowDown, intervalMs } = await codes.poll(begun);
      return [state, slowDown, intervalMs];
    };
    expect(await poll(0)).toEqual(['pending', false, 5_000]);
    expect(await poll(1_000)).toEqual(['pending', true, 10_000]);
    expect(await poll(10_000)).toEqual(['pending', false, 10_000]);
    await codes.approve(begun.id, request());
    expect(await poll(1)).toEqual(['approved', false, 10_000]);
  });

  it('tells of a refusal and of the end of the time', async () => {
    const { codes, clock } = bench();
    const [denied, late] = [await approvedDevice(codes), await approvedDevice(codes)];
    await codes.deny(denied.id, { domainId: 'plant', operator: 'ann' });
    clock.advance(60 * MINUTE);
    expect((await codes.poll(denied)).state).toBe('denied');
    expect((await codes.poll(late)).state).toBe('expired');
    expect(await outcomeOf(codes.redeem(denied))).toBe('enrolment_denied');
    expect(await outcomeOf(codes.redeem(late))).toBe('enrolment_expired');
    expect(await outcomeOf(codes.poll({ pollingSecret: new Secret('guess') }))).toBe('enrolment_unknown');
  });
});

describe('approval', () => {
  const pending = async () => {
    const made = bench();
    const begun = await made.codes.begin({ keyFingerprint: aKey(), origin: '192.0.2.1' });
    return { ...made, begun };
  };

  it('is carried out by one of many operators', async () => {
    const { codes, begun } = await pending();
    const domains = Array.from({ length: 20 }, (_, n) => `domain-${n}`);
    const all = await Promise.all(
      domains.map((domainId) => outcomeOf(codes.holdApproval(begun.id, request('{}', 'ann', domainId)))),
    );
    expect(all.filter((outcome) => outcome === 'ok')).toHaveLength(1);
    expect(all.filter((outcome) => outcome === 'enrolment_unknown')).toHaveLength(19);
  });

  it('hides the device from everybody else while it is carried out', async () => {
    const { codes } = bench();
    const begun = await codes.begin({ keyFingerprint: aKey(), origin: '192.0.2.1' });
    await codes.holdApproval(begun.id, request());
    expect(await outcomeOf(codes.lookUp({ code: begun.code, ...BOB }))).toBe('code_unknown');
    expect(await outcomeOf(codes.lookUp({ code: begun.code, ...ANN }))).toBe('ok');
  });

  it('is taken up again with the same payload after a crash, by its domain only', async () => {
    const { codes, clock, begun } = await pending();
    const first = expectStep(await codes.holdApproval(begun.id, request('first')), 'carry_out');
    expect(await outcomeOf(codes.holdApproval(begun.id, request('second')))).toBe('approval_in_progress');
    clock.advance(MINUTE);
    expect(await outcomeOf(codes.holdApproval(begun.id, request('x', 'eve', 'elsewhere')))).toBe(
      'enrolment_unknown',
    );
    const again = expectStep(await codes.holdApproval(begun.id, request('second')), 'carry_out');
    expect(again.resumed).toBe(true);
    expect(again.enrolment.approval?.payload.reveal()).toBe('first');
    expect(await outcomeOf(codes.completeApproval(first.lease, new Secret('late')))).toBe('lease_lost');
    expect(await outcomeOf(codes.completeApproval(again.lease, new Secret('done')))).toBe('ok');
    expect(await outcomeOf(codes.completeApproval(again.lease, new Secret('twice')))).toBe('ok');
    expect((await codes.find(begun.id))!.approval!.payload.reveal()).toBe('done');
  });

  it('is not cut off by the end of the code, as long as it goes on', async () => {
    const { codes, clock, begun } = await pending();
    clock.advance(10 * MINUTE - 1);
    const { lease } = expectStep(await codes.holdApproval(begun.id, request()), 'carry_out');
    for (let n = 0; n < 5; n++) {
      clock.advance(MINUTE - 1);
      await codes.renewLease(lease);
      expect(await codes.sweep()).toEqual([]);
    }
    expect((await codes.completeApproval(lease, new Secret('{}'))).state).toBe('approved');
  });

  it('can be begun by anybody when it came to nothing', async () => {
    const { codes, begun } = await pending();
    const { lease } = expectStep(await codes.holdApproval(begun.id, request()), 'carry_out');
    await codes.releaseApproval(lease);
    expect(await codes.find(begun.id)).toMatchObject({
      state: 'pending',
      domainId: undefined,
      approval: undefined,
    });
    expect(await outcomeOf(codes.approve(begun.id, request('{}', 'eve', 'elsewhere')))).toBe('ok');
  });

  it('can be repeated after a lost response, by the operator whose it is', async () => {
    const { codes, begun } = await pending();
    await codes.approve(begun.id, request('first'));
    const seen = await codes.lookUp({ code: begun.code, ...ANN });
    expect(expectStep(await codes.holdApproval(seen.id, request('second')), 'done').enrolment.state).toBe(
      'approved',
    );
    expect((await codes.find(begun.id))!.approval!.payload.reveal()).toBe('first');
    expect(await outcomeOf(codes.lookUp({ code: begun.code, ...BOB }))).toBe('code_unknown');
  });

  it('can be refused, and taken back until the device has used it', async () => {
    const { codes, begun } = await pending();
    const by = { domainId: 'plant', operator: 'bob' };
    expect(await codes.deny(begun.id, by)).toMatchObject({
      state: 'denied',
      deniedBy: 'bob',
      undoDue: false,
    });
    expect(await outcomeOf(codes.approve(begun.id, request()))).toBe('enrolment_denied');
    expect(await outcomeOf(codes.deny(begun.id, by))).toBe('ok');

    const unused = await approvedDevice(codes);
    expect(await outcomeOf(codes.deny(unused.id, { ...by, domainId: 'elsewhere' }))).toBe(
      'enrolment_unknown',
    );
    expect(await codes.deny(unused.id, by)).toMatchObject({ state: 'denied', undoDue: true });

    const used = await approvedDevice(codes);
    const lease = expectStep(await codes.redeem(used), 'issue').lease;
    expect(await outcomeOf(codes.deny(used.id, by))).toBe('redemption_in_progress');
    await codes.recordOutcome(lease, new Secret('its certificate'));
    expect(await outcomeOf(codes.deny(used.id, by))).toBe('enrolment_redeemed');
  });

  it('can be taken back after a redemption that failed, or whose process died', async () => {
    const { codes, clock } = await pending();
    const by = { domainId: 'plant', operator: 'bob' };
    const failed = await approvedDevice(codes);
    await codes.endLease(expectStep(await codes.redeem(failed), 'issue').lease);
    expect(await codes.deny(failed.id, by)).toMatchObject({ state: 'denied', undoDue: true });
    expect(await outcomeOf(codes.redeem(failed))).toBe('enrolment_denied');

    const dead = await approvedDevice(codes);
    const lease = expectStep(await codes.redeem(dead), 'issue').lease;
    clock.advance(MINUTE);
    expect(await codes.deny(dead.id, by)).toMatchObject({ state: 'denied', undoDue: true });
    expect(await outcomeOf(codes.recordOutcome(lease, new Secret('too late')))).toBe('lease_lost');
  });
});

describe('the sweep', () => {
  it('expires what is overdue, says what is to be undone, and forgets the rest in time', async () => {
    const { codes, clock } = bench();
    const idle = await codes.begin({ keyFingerprint: aKey(), origin: '192.0.2.1' });
    const crashed = await codes.begin({ keyFingerprint: aKey(), origin: '192.0.2.1' });
    await codes.holdApproval(crashed.id, request());
    const unused = await approvedDevice(codes);
    clock.advance(10 * MINUTE);
    expect((await codes.sweep()).map(({ id }) => id).sort()).toEqual([idle.id, crashed.id].sort());
    expect((await codes.listUndoDue(10)).map(({ id }) => id)).toEqual([crashed.id]);
    clock.advance(50 * MINUTE);
    expect((await codes.sweep()).map(({ id }) => id)).toEqual([unused.id]);

    await codes.noteUndone(unused.id);
    clock.advance(30 * 24 * 60 * MINUTE);
    await codes.sweep();
    expect(await codes.find(idle.id)).toBeUndefined();
    expect(await codes.find(unused.id)).toBeUndefined();
    expect(await codes.find(crashed.id)).toMatchObject({ state: 'expired', undoDue: true });
    await codes.noteUndone(crashed.id);
    await codes.sweep();
    expect(await codes.find(crashed.id)).toBeUndefined();
    expect(await codes.countByState()).toEqual({});
  });

  it('lists a domain, latest first', async () => {
    const { codes, clock } = bench();
    const first = await approvedDevice(codes);
    clock.advance(1);
    const second = await approvedDevice(codes);
    await codes.begin({ keyFingerprint: aKey(), origin: 'x' });
    const { total, enrolments } = await codes.list({ domainId: 'plant', offset: 0, limit: 10 });
    expect([total, ...enrolments.map(({ id }) => id)]).toEqual([2, second.id, first.id]);
    expect((await codes.list({ domainId: 'elsewhere', offset: 0, limit: 10 })).total).toBe(0);
  });
});
