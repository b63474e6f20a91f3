import { randomUUID } from 'node:crypto';
import { Secret } from '@org/domain';
import type { EnrolmentRecord } from '../enrolment/record.js';
import type { Caps } from '../limits/room.js';

/** Caps that nothing meets. */
export const NO_CAPS: Caps = { overAll: 1_000, site: 1_000, network: 1_000, address: 1_000 };

const CREATED_AT = 1_790_000_000_000;

/** A pending enrolment of its own id, hashes and key; what is given replaces the rest. */
export function sampleRecord(more: Partial<EnrolmentRecord> = {}): EnrolmentRecord {
  const id = randomUUID();
  const createdAt = more.createdAt ?? CREATED_AT;
  return {
    id,
    version: 1,
    state: 'pending',
    binding: 'key',
    codeHash: `code ${id}`,
    pollingHash: `polling ${id}`,
    keyFingerprint: id.replaceAll('-', '').padEnd(43, 'k'),
    device: { model: 'Gate 2', serial: 'A-17', hostname: 'gate-17', address: '10.0.0.17' },
    commonName: 'gate-17.example',
    origin: '192.0.2.17',
    originPath: '192.000.002.017',
    createdAt,
    expiresAt: createdAt + 600_000,
    dueAt: createdAt + 600_000,
    pace: { intervalMs: 5_000, polledAt: undefined },
    leaseOwner: undefined,
    fencingToken: 0,
    leaseUntil: 0,
    redemptions: 0,
    domainId: undefined,
    approval: undefined,
    deniedBy: undefined,
    redeemBy: undefined,
    redeemedAt: undefined,
    repeatUntil: undefined,
    finishedAt: undefined,
    ticket: undefined,
    nextKeyFingerprint: undefined,
    outcome: undefined,
    undoDue: false,
    ...more,
  };
}

/** As after an approval and a redemption by a legacy device, with every field set. */
export function sampleFullRecord(): EnrolmentRecord {
  return sampleRecord({
    state: 'redeemed',
    version: 7,
    binding: 'ticket',
    pollingHash: undefined,
    leaseOwner: 'process-1',
    fencingToken: 3,
    leaseUntil: CREATED_AT + 60_000,
    redemptions: 2,
    domainId: 'plant',
    approval: { operator: 'ann', payload: new Secret('{"externalKey":"x"}'), at: CREATED_AT + 30_000 },
    deniedBy: 'bob',
    redeemBy: CREATED_AT + 150_000,
    redeemedAt: CREATED_AT + 40_000,
    repeatUntil: CREATED_AT + 160_000,
    finishedAt: CREATED_AT + 40_000,
    ticket: { hash: 'ticket-hash', expiresAt: CREATED_AT + 155_000, keyFingerprint: 'n'.repeat(43) },
    nextKeyFingerprint: 'n'.repeat(43),
    outcome: new Secret('{"certificate":"c"}'),
    dueAt: CREATED_AT + 900_000,
  });
}
