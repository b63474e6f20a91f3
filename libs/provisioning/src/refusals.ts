import { ProvisionError } from '@org/domain';
import type { Begun } from './journal/journal.js';
import type { Plan } from './plan/plan.js';
import type { Made } from './plan/removal.js';

/** Seconds after which a caller who met a run under way may ask again. */
const BUSY_RETRY_AFTER_S = 2;

export const stopping = (): ProvisionError =>
  new ProvisionError({
    kind: 'unavailable',
    code: 'stopping',
    message: 'the service is stopping; try again in a moment',
    details: { retryAfter: BUSY_RETRY_AFTER_S },
  });

export function refused(
  begun: Exclude<Begun, { outcome: 'started' | 'replay' }>,
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
