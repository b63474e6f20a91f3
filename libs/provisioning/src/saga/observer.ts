import type { StepName } from '../steps/step.js';
import type { Leftover } from '../journal/leftover.js';
import type { Remnant } from '../remnants/remnants.js';
import type { RunFacts } from './run-facts.js';

/** `unknown`: the run went on to another process, or the journal could not be told how it ended. */
export type RunOutcome = 'completed' | 'failed' | 'recovered' | 'replayed' | 'refused' | 'unknown';

/** What logs and metrics want to know. Must not throw. */
export interface Observer {
  /** Runs the work of a step, once, and lets its outcome through: for traces. */
  within?<T>(run: RunFacts, step: StepName, work: () => Promise<T>): Promise<T>;
  step?(
    run: RunFacts,
    step: { name: StepName; ms: number; outcome: 'ok' | 'found_done' | 'failed'; error?: unknown },
  ): void;
  run?(run: RunFacts, end: { outcome: RunOutcome; ms: number; error?: unknown }): void;
  removal?(run: RunFacts, end: { ms: number; leftovers: readonly Leftover[]; attempt: number }): void;
  /** What the platform's API can never remove; told once of each. */
  remnants?(run: RunFacts, found: readonly Remnant[]): void;
  /** A failure of the machinery itself: the journal, the recovery loop. */
  trouble?(what: string, error: unknown): void;
}
