import { describe, expect, it } from '@jest/globals';
import { Secret } from '@org/domain';
import type { Redemption } from '../src/index.js';
import { aKey, approvedDevice, bench, expectStep, outcomeOf, tally } from './harness.js';

describe('redeeming', () => {
  it('of thousands at once one issues; then the same key gets the same outcome as often as it asks', async () => {
    const { codes } = bench();
    const device = await approvedDevice(codes);
    const issues: Redemption[] = [];
    const attempt = async (keyFingerprint: string) => {
      const redemption = await codes.redeem({ ...device, keyFingerprint });
      if (redemption.step === 'issue') issues.push(redemption);
    };
    const all = Array.from({ length: 4_000 }, (_, n) =>
      outcomeOf(attempt(n % 4 ? device.keyFingerprint : aKey())),
    );
    expect(tally(await Promise.all(all))).toEqual({
      ok: 1,
      redemption_in_progress: 2_999,
      key_mismatch: 1_000,
    });
    expect(issues).toHaveLength(1);

    await codes.recordOutcome(expectStep(issues[0]!, 'issue').lease, new Secret('certificate'));
    const again = await Promise.all(Array.from({ length: 1_000 }, () => codes.redeem(device)));
    expect(new Set(again.map((it) => expectStep(it, 'done').outcome.reveal()))).toEqual(
      new Set(['certificate']),
    );
    expect(await outcomeOf(codes.redeem({ ...device, keyFingerprint: aKey() }))).toBe('key_mismatch');
  });

  it('is taken up again after a crash, once, and what the first attempt made is not given out', async () => {
    const { codes, clock } = bench();
    const device = await approvedDevice(codes);
    const first = expectStep(await codes.redeem(device), 'issue');
    clock.advance(30_000);
    const all = await Promise.all(Array.from({ length: 100 }, () => codes.redeem(device).catch(() => null)));
    const [second, ...more] = all.filter((it) => it !== null);
    expect(more).toEqual([]);
    expect(expectStep(second!, 'issue').resumed).toBe(true);
    expect(await outcomeOf(codes.recordOutcome(first.lease, new Secret('late')))).toBe('lease_lost');
    const { lease } = expectStep(second!, 'issue');
    await codes.recordOutcome(lease, new Secret('right'));
    await codes.recordOutcome(lease, new Secret('repeated'));
    expect(expectStep(await codes.redeem(device), 'done').outcome.reveal()).toBe('right');
  });

  it('can be begun again at once when it was given up', async () => {
    const { codes } = bench();
    const device = await approvedDevice(codes);
    const first = expectStep(await codes.redeem(device), 'issue');
    await codes.endLease(first.lease);
    expect(expectStep(await codes.redeem(device), 'issue').resumed).toBe(true);
    expect(await outcomeOf(codes.endLease(first.lease))).toBe('lease_lost');
  });

  it('is not cut off by the end of the time, but ends if no one finishes it', async () => {
    const { codes, clock } = bench();
    const [slow, gone] = [await approvedDevice(codes), await approvedDevice(codes)];
    clock.advance(3_600_000 - 1);
    const { lease } = expectStep(await codes.redeem(slow), 'issue');
    await codes.redeem(gone);
    clock.advance(14_999);
    expect(await codes.sweep()).toEqual([]);
    await codes.recordOutcome(lease, new Secret('certificate'));
    clock.advance(10);
    expect(await codes.sweep()).toMatchObject([{ id: gone.id, state: 'expired', undoDue: true }]);
    expect(expectStep(await codes.redeem(slow), 'done').outcome.reveal()).toBe('certificate');
  });

  it('may leave behind what an approval held and is of no more use', async () => {
    const { codes } = bench();
    const [kept, replaced] = [await approvedDevice(codes), await approvedDevice(codes)];
    const outcome = new Secret('certificate');
    const { lease } = expectStep(await codes.redeem(kept), 'issue');
    expect((await codes.recordOutcome(lease, outcome)).approval?.payload.reveal()).toBe('{}');
    const other = expectStep(await codes.redeem(replaced), 'issue');
    const done = await codes.recordOutcome(other.lease, outcome, new Secret('less'));
    expect(done.approval).toMatchObject({ operator: 'ann' });
    expect(done.approval?.payload.reveal()).toBe('less');

    const denied = await approvedDevice(codes);
    await codes.deny(denied.id, { domainId: 'plant', operator: 'bob' });
    await codes.noteUndone(denied.id, new Secret('less'));
    expect((await codes.find(denied.id))?.approval?.payload.reveal()).toBe('less');
  });

  it('says when to come back', async () => {
    const { codes } = bench();
    const begun = await codes.begin({ keyFingerprint: aKey(), origin: '192.0.2.1' });
    await expect(codes.redeem({ ...begun, keyFingerprint: aKey() })).rejects.toMatchObject({
      kind: 'unavailable',
      code: 'enrolment_pending',
      details: { retryAfter: 5 },
    });
  });

  it('wants a fingerprint', async () => {
    const { codes } = bench();
    const device = await approvedDevice(codes);
    expect(await outcomeOf(codes.redeem({ ...device, keyFingerprint: '' }))).toBe(
      'enrolment_request_invalid',
    );
  });
});
