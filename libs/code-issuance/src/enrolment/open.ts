import type { DeviceFacts, KeyBinding } from '@org/domain';
import { type IssuanceContext, momentOf } from '../context.js';
import { pendingLimit, tooManyPending } from '../errors.js';
import { addressPath } from '../limits/address-path.js';
import type { EnrolmentRecord } from './record.js';

interface Opening {
  readonly binding: KeyBinding;
  readonly codeHash: string;
  /** Of the code that it gets where many wait. */
  readonly crowdCodeHash?: string;
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
export async function open(
  context: IssuanceContext,
  { crowdCodeHash, ...opening }: Opening,
): Promise<EnrolmentRecord | undefined> {
  const { store, ids, settings, clock, onDisplaced } = context;
  const now = clock.now();
  const { terms } = momentOf(context, opening.binding, now);
  const expiresAt = now + terms.lifetimeMs;
  const record: EnrolmentRecord = {
    ...opening,
    ...NEW,
    id: ids.uuid(),
    originPath: addressPath(opening.origin),
    createdAt: now,
    expiresAt,
    dueAt: expiresAt,
    pace: { intervalMs: settings.pollIntervalMs, polledAt: undefined },
  };
  const crowded = crowdCodeHash ? { from: settings.shortCodes, codeHash: crowdCodeHash } : undefined;
  const inserted = await store.insert(record, { now, caps: settings.pending, crowded });
  if (inserted.outcome === 'full')
    throw tooManyPending(pendingLimit(inserted.level), settings.pollIntervalMs);
  if (inserted.outcome === 'code_taken') return undefined;
  const { displaced, codeHash } = inserted;
  if (displaced) onDisplaced({ limit: pendingLimit(displaced.level), origin: displaced.origin });
  return { ...record, codeHash };
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
