import { type IssuanceContext, momentOf } from '../context.js';
import { tooManyPending } from '../errors.js';
import { addressGroup } from '../limits/address-group.js';
import type { Binding, DeviceFacts, EnrolmentRecord } from './record.js';

export interface Opening {
  readonly binding: Binding;
  readonly codeHash: string;
  readonly pollingHash: string | undefined;
  readonly keyFingerprint: string | undefined;
  readonly device: DeviceFacts;
  readonly commonName: string | undefined;
  readonly origin: string;
}

/**
 * Puts a new enrolment on record.
 *
 * @returns undefined when its code is in use
 * @throws ProvisionError unavailable `too_many_pending`
 */
export async function open(context: IssuanceContext, opening: Opening): Promise<EnrolmentRecord | undefined> {
  const { store, ids, settings, clock } = context;
  const now = clock.now();
  const { terms } = momentOf(context, opening.binding, now);
  const expiresAt = now + terms.lifetimeMs;
  const record: EnrolmentRecord = {
    ...opening,
    ...NEW,
    id: ids.uuid(),
    originGroup: addressGroup(opening.origin),
    createdAt: now,
    expiresAt,
    dueAt: expiresAt,
    pace: { intervalMs: settings.pollIntervalMs, polledAt: undefined },
  };
  const caps = { now, total: settings.maxPending, ofOrigin: settings.maxPendingPerAddress };
  const outcome = await store.insert(record, caps);
  if (outcome === 'too_many') throw tooManyPending(settings.pollIntervalMs);
  return outcome === 'inserted' ? record : undefined;
}

const NEW = {
  version: 1,
  state: 'pending',
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
} as const;
