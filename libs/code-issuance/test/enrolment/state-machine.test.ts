import { describe, expect, it } from '@jest/globals';
import { type EnrolmentState, type Lease, ProvisionError, Secret } from '@org/domain';
import fc from 'fast-check';
import { DEFAULT_SETTINGS, type EnrolmentRecord, LEGACY_SETTINGS, isFinal } from '../../src/index.js';
import * as approvals from '../../src/enrolment/approval.js';
import { endLease, leaseOf, renewLease } from '../../src/enrolment/leasing.js';
import { stateAt } from '../../src/enrolment/record.js';
import * as redemptions from '../../src/enrolment/redemption.js';
import type { Moment } from '../../src/enrolment/transition.js';
import { sampleRecord } from '../../src/testing/index.js';

type Event = (record: EnrolmentRecord, moment: Moment) => EnrolmentRecord;

const KEYS = ['k'.repeat(43), 'l'.repeat(43)];
const text = fc.string({ maxLength: 4 }).map((it) => new Secret(it));
const domainId = fc.constantFrom('plant', 'elsewhere');
const operator = fc.constantFrom('ann', 'bob');
/** The present lease, mostly; an old one, one that never was or another process's, sometimes. */
const leasing = fc
  .tuple(fc.constantFrom(0, 0, 0, -1, 1), fc.constantFrom({}, {}, { owner: 'somebody else' }))
  .map(([off, other]) => (record: EnrolmentRecord): Lease => {
    const lease = leaseOf(record);
    return { ...lease, fencingToken: lease.fencingToken + off, ...other };
  });

const event: fc.Arbitrary<{ name: string; run: Event }> = fc.oneof(
  fc.record({ domainId, operator, payload: text }).map((it) => ({
    name: 'hold',
    run: ((record, moment) => approvals.hold(record, it, moment)) as Event,
  })),
  fc.tuple(leasing, text).map(([leaseFor, payload]) => ({
    name: 'approve',
    run: ((record, moment) =>
      approvals.approve(record, { lease: leaseFor(record), payload }, moment)) as Event,
  })),
  leasing.map((leaseFor) => ({
    name: 'release',
    run: ((record, moment) => approvals.release(record, leaseFor(record), moment)) as Event,
  })),
  fc.record({ domainId, operator }).map((it) => ({
    name: 'deny',
    run: ((record, moment) => approvals.deny(record, it, moment)) as Event,
  })),
  fc.constantFrom(...KEYS).map((key) => ({
    name: 'claim',
    run: ((record, moment) => redemptions.claimRedemption(record, key, moment)) as Event,
  })),
  fc.tuple(leasing, text).map(([leaseFor, outcome]) => ({
    name: 'complete',
    run: ((record, moment) =>
      redemptions.complete(record, { lease: leaseFor(record), outcome }, moment)) as Event,
  })),
  leasing.map((leaseFor) => ({
    name: 'end lease',
    run: ((record, moment) => endLease(record, leaseFor(record), moment)) as Event,
  })),
  leasing.map((leaseFor) => ({
    name: 'renew lease',
    run: ((record, moment) => renewLease(record, leaseFor(record), moment)) as Event,
  })),
  fc.constant({ name: 'expire', run: approvals.expire as Event }),
  fc.constant({ name: 'undone', run: approvals.undone as Event }),
);
interface Happening {
  readonly name: string;
  readonly run: Event;
  /** Milliseconds before it. */
  readonly wait: number;
}

const payload = new Secret('{}');
const STRAIGHT: readonly Happening[] = [
  {
    name: 'hold',
    wait: 0,
    run: (record, moment) => approvals.hold(record, { domainId: 'plant', operator: 'ann', payload }, moment),
  },
  {
    name: 'approve',
    wait: 0,
    run: (record, moment) => approvals.approve(record, { lease: leaseOf(record), payload }, moment),
  },
  {
    name: 'claim',
    wait: 0,
    run: (record, moment) => redemptions.claimRedemption(record, KEYS[0]!, moment),
  },
  {
    name: 'complete',
    wait: 0,
    run: (record, moment) =>
      redemptions.complete(record, { lease: leaseOf(record), outcome: payload }, moment),
  },
];
const wait = fc.constantFrom(0, 0, 0, 1_000, 16_000, 61_000, 3_600_000);
const CLAIM = { owner: 'process-1', leaseMs: 15_000 };
const surprises = fc.array(
  fc.tuple(event, wait).map(([it, ms]): Happening => ({ ...it, wait: ms })),
  { maxLength: 20 },
);
/** Some way straight ahead, so that late states are reached as often as early ones; then anything. */
const story = fc
  .tuple(fc.integer({ min: 0, max: STRAIGHT.length }), surprises)
  .map(([steps, rest]) => [...STRAIGHT.slice(0, steps), ...rest]);

interface Turn {
  readonly name: string;
  readonly now: number;
  readonly before: EnrolmentRecord;
  readonly after: EnrolmentRecord;
}

/** What becomes of an enrolment; events that are refused change nothing. */
function tell(binding: 'key' | 'ticket', events: readonly Happening[]): Turn[] {
  const terms = binding === 'key' ? DEFAULT_SETTINGS.terms : LEGACY_SETTINGS.terms;
  let record = sampleRecord({ binding, keyFingerprint: binding === 'key' ? KEYS[0] : undefined });
  let now = record.createdAt;
  const turns: Turn[] = [];
  for (const { name, run, wait } of events) {
    now += wait;
    const before = record;
    try {
      record = run(record, { ...CLAIM, now, terms });
    } catch (error) {
      expect(error).toBeInstanceOf(ProvisionError);
    }
    turns.push({ name, now, before, after: record });
  }
  return turns;
}

describe.each(['key', 'ticket'] as const)('whatever happens to an enrolment bound to a %s', (binding) => {
  const always = (check: (turns: Turn[]) => void) =>
    fc.assert(
      fc.property(story, (events) => check(tell(binding, events))),
      { numRuns: 1_000 },
    );

  it('an end is an end', () => {
    always((turns) => {
      for (const { before, after } of turns)
        if (isFinal(before.state)) expect(after.state).toBe(before.state);
    });
  });

  it('nothing is redeemed that was not approved, and nothing after its time', () => {
    always((turns) => {
      const seen = new Set<EnrolmentState>();
      for (const { now, before, after } of turns) {
        seen.add(before.state);
        if (after.state === 'redeeming') expect(seen.has('approved')).toBe(true);
        if (after.state === 'redeemed') expect(seen.has('redeeming')).toBe(true);
        const claimed = after.state === 'redeeming' && after.fencingToken > before.fencingToken;
        if (claimed) expect(stateAt(before, now)).not.toBe('expired');
      }
    });
  });

  it('every change is one version, and no change is none', () => {
    always((turns) => {
      for (const { before, after } of turns)
        expect(after.version).toBe(after === before ? before.version : before.version + 1);
    });
  });

  it('no lease is given out twice, or while another is held', () => {
    always((turns) => {
      for (const { now, before, after } of turns) {
        if (after.fencingToken === before.fencingToken) continue;
        expect(after.fencingToken).toBe(before.fencingToken + 1);
        expect(before.leaseUntil).toBeLessThanOrEqual(now);
      }
    });
  });

  it('the domain stays once an approval is under way, and the key and the outcome once they are on record', () => {
    always((turns) => {
      for (const { name, before, after } of turns) {
        if (name !== 'release' && before.domainId) expect(after.domainId).toBe(before.domainId);
        if (before.outcome && binding === 'key') expect(after.outcome).toBe(before.outcome);
        if (before.outcome && name !== 'complete') expect(after.keyFingerprint).toBe(before.keyFingerprint);
        if (binding === 'key') expect(after.keyFingerprint).toBe(KEYS[0]);
      }
    });
  });

  it('every enrolment that is not at its end gets there by itself, and owes an undo if it had an approval', () => {
    always((turns) => {
      const last = turns.at(-1);
      if (!last || isFinal(last.after.state)) return;
      const terms = binding === 'key' ? DEFAULT_SETTINGS.terms : LEGACY_SETTINGS.terms;
      const expired = approvals.expire(last.after, { ...CLAIM, now: last.after.dueAt, terms });
      expect(expired.state).toBe('expired');
      expect(expired.undoDue).toBe(last.after.approval !== undefined);
      expect(last.after.dueAt).toBeLessThan(last.now + 3_600_000 + 600_001);
    });
  });

  it('what was approved and then denied or expired is to be undone, until it is', () => {
    always((turns) => {
      for (const { name, after } of turns) {
        if (after.state !== 'denied' && after.state !== 'expired') expect(after.undoDue).toBe(false);
        if (name === 'undone') expect(after.undoDue).toBe(false);
      }
    });
  });

  it('reaches every state', () => {
    const seen = new Set<EnrolmentState>();
    always((turns) => turns.forEach(({ after }) => seen.add(after.state)));
    expect([...seen].sort()).toEqual([
      'approved',
      'approving',
      'denied',
      'expired',
      'pending',
      'redeemed',
      'redeeming',
    ]);
  });
});
