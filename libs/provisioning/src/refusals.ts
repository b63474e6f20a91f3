import { ProvisionError, isProvisionError } from '@org/domain';
import type { BeginOutcome } from './journal/journal.js';
import type { Plan } from './plan/plan.js';
import type { Made } from './plan/removal.js';

/** Seconds after which a caller who met a run under way may ask again. */
const BUSY_RETRY_AFTER_S = 2;
/** The same, for one who met what an earlier run left. */
const REMOVED_RETRY_AFTER_S = 5;

export const stopping = (): ProvisionError =>
  new ProvisionError({
    kind: 'unavailable',
    code: 'stopping',
    message: 'the service is stopping; try again in a moment',
    details: { retryAfter: BUSY_RETRY_AFTER_S },
  });

export function refused(
  begun: Exclude<BeginOutcome, { outcome: 'started' | 'replay' }>,
  plan: Plan,
): ProvisionError {
  const busy = { retryAfter: BUSY_RETRY_AFTER_S };
  switch (begun.outcome) {
    case 'key_reused':
      return new ProvisionError({
        kind: 'invalid',
        code: 'idempotency_key_reused',
        message: 'this Idempotency-Key was used with another body; use a new key for a new request',
      });
    case 'key_in_progress':
      return keyInProgress();
    case 'external_id_busy': {
      const run = begun.runId === undefined ? '' : ` (run ${begun.runId})`;
      return new ProvisionError({
        kind: 'conflict',
        code: 'external_id_busy',
        message: `external id ${plan.externalId} is being provisioned by another request${run}`,
        details: busy,
      });
    }
  }
}

export const keyInProgress = (): ProvisionError =>
  new ProvisionError({
    kind: 'conflict',
    code: 'idempotency_key_in_progress',
    message: 'the request with this Idempotency-Key is still under way; ask again in a moment',
    details: { retryAfter: BUSY_RETRY_AFTER_S },
  });

/** What the earlier run left may still land, or is on its way out: the id is taken for a while only. */
export const externalIdBeingRemoved = (externalId: string, cause: unknown): ProvisionError =>
  new ProvisionError({
    kind: 'unavailable',
    code: 'external_id_being_removed',
    message: `what an earlier run created for external id ${externalId} is still being removed; try again in a moment`,
    cause,
    details: { retryAfter: REMOVED_RETRY_AFTER_S },
  });

export const removalUnderWay = ({ runId }: Made): ProvisionError =>
  new ProvisionError({
    kind: 'conflict',
    code: 'removal_under_way',
    message: `what run ${runId} made is being removed already`,
    details: { retryAfter: BUSY_RETRY_AFTER_S },
  });

export const unknownLayout = (name: string, known: readonly string[]): ProvisionError =>
  new ProvisionError({
    kind: 'invalid',
    code: 'layout_unknown',
    message: `no layout is called ${JSON.stringify(name)}; there is ${known.length ? known.join(', ') : 'the main one only'}`,
    details: { field: 'layout' },
  });

/**
 * For a run that may be complete, or removed by now or soon: which, only the journal can tell.
 *
 * @param mayRepeat the caller has an idempotency key
 * @returns the error itself where it is neither an outage nor a lost lease
 */
export function outcomeUnknown(
  { runId, externalId }: Plan,
  { error, mayRepeat }: { readonly error: unknown; readonly mayRepeat: boolean },
): unknown {
  if (!isProvisionError(error) || !(error.kind === 'ambiguous' || error.code === 'lease_lost')) return error;
  const why =
    error.code === 'lease_lost'
      ? 'this process was away from the database for too long, and another one finishes the run'
      : "the service's database did not answer";
  const then = mayRepeat
    ? 'repeat the request with the same Idempotency-Key to learn which'
    : `look external id ${externalId} up in a minute, before it is provisioned again`;
  return new ProvisionError({
    kind: 'ambiguous',
    code: 'outcome_unknown',
    message: `the gateway may have been created, or is being removed again: ${why}; ${then}`,
    cause: error,
    details: { runId, retryAfter: UNKNOWN_RETRY_AFTER_S },
  });
}

/** Seconds after which a run that was handed over is most likely finished. */
const UNKNOWN_RETRY_AFTER_S = 30;
