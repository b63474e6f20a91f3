import type { Clock, HeldLease } from '@org/domain';
import type { Run } from '../journal/journal.js';
import type { Leftover } from '../journal/leftover.js';
import type { Platform, TokenSource } from '../platform/platform.js';
import { type StepContext, newProgress } from '../steps/step.js';
import { stopping } from '../refusals.js';
import { type ConcludeOptions, conclude } from './conclude.js';
import { callerToken, noToken } from './credentials.js';
import { REMOVAL } from './phases.js';
import { resultOf } from './result.js';
import { type SagaTools, factsOf, isComplete, removeAll } from './saga.js';

interface RecoveryOptions extends SagaTools, ConcludeOptions {
  readonly clock: Clock;
  readonly platform: Platform;
  /** The service's own credentials; the token of the run's caller is used where there are none. */
  readonly recoveryToken: TokenSource | undefined;
  /** Ends its calls; the run then stays as it is, for another process. */
  readonly signal?: AbortSignal;
  /** Milliseconds that the answer to an idempotency key is kept. */
  readonly keepMs: number;
}

const EVERY_STEP = new Set(REMOVAL);

/**
 * Takes a run that no one runs any more to one of its two ends: complete, or nothing left. Returns what is left for
 * now: its removal goes on.
 *
 * @throws ProvisionError unavailable `stopping`: the run is as it was; conflict `lease_lost`; and what the journal throws
 */
export async function recover(
  run: Run,
  lease: HeldLease,
  options: RecoveryOptions,
): Promise<readonly Leftover[]> {
  const { clock, journal, observer } = options;
  const from = clock.monotonic();
  const context = contextOf(run, lease, options);
  if (run.state === 'running' && (await isComplete(context).catch(() => false))) {
    await journal.complete(run.lease, {
      result: resultOf(context),
      keepMs: run.plan.keepAnswerMs ?? options.keepMs,
    });
    observer.run?.(factsOf(run), { outcome: 'recovered', ms: clock.monotonic() - from });
    return [];
  }
  if (options.signal?.aborted) throw stopping();
  const found = await removeAll(context, EVERY_STEP);
  // What is left is for its new holder to say.
  lease.assertHeld();
  const attempt = run.attempts + 1;
  // No one saw the answers of a dead process: something may still land, so it is looked at once more. What a completed
  // run made was all there before.
  const settled = run.state === 'settling' || run.plan.removes !== undefined;
  const removal = { plan: run.plan, lease: run.lease, attempt, found, before: run.leftovers, settled };
  const leftovers = await conclude(removal, options);
  observer.removal?.(factsOf(run), { ms: clock.monotonic() - from, leftovers, attempt });
  return leftovers;
}

function contextOf(
  run: Run,
  lease: HeldLease,
  { platform, recoveryToken, signal }: RecoveryOptions,
): StepContext {
  const token = recoveryToken ?? (run.callerToken ? callerToken(run.callerToken) : noToken);
  const { plan } = run;
  return {
    plan,
    lease,
    session: platform.open({ domainId: plan.domainId, token, lease }),
    progress: newProgress(plan),
    signal,
  };
}
