import type { Cleanup } from '@org/harness';
import type { AttackCase, Finding } from './case.js';
import { type Stage, openStage } from './stage.js';

export interface CaseResult extends Finding {
  readonly id: string;
  readonly does: string;
  readonly holds: string;
  readonly ms: number;
}

/** Until one is given up: none of them waits for longer than half of this. */
const WITHIN_MS = 120_000;

/** Runs attacks one after the other, so that each sees what it alone has done. */
export async function runAttacks(
  cases: readonly AttackCase[],
  { cleanup, progress }: { readonly cleanup: Cleanup; readonly progress: (result: CaseResult) => void },
): Promise<readonly CaseResult[]> {
  const stage = await openStage(cleanup);
  const results: CaseResult[] = [];
  for (const each of cases) {
    const result = await runCase(each, stage);
    results.push(result);
    progress(result);
  }
  return results;
}

async function runCase(attack: AttackCase, stage: Stage): Promise<CaseResult> {
  const { id, does, holds } = attack;
  const from = performance.now();
  const { held, seen } = await findingOf(attack, stage);
  return { id, does, holds, held, seen, ms: Math.round(performance.now() - from) };
}

async function findingOf(attack: AttackCase, stage: Stage): Promise<Finding> {
  const late = new AbortController();
  try {
    const finding = await Promise.race([attack.run(stage), overdue(late.signal)]);
    const ended = stage.ended();
    return ended.length === 0 ? finding : { held: false, seen: `the ${ended.join(' and ')} app has ended` };
  } catch (error) {
    return {
      held: false,
      seen: `the attack failed: ${error instanceof Error ? error.message : String(error)}`,
    };
  } finally {
    late.abort();
  }
}

const overdue = (signal: AbortSignal): Promise<Finding> =>
  new Promise((resolve) => {
    const timer = setTimeout(() => resolve({ held: false, seen: 'it took too long' }), WITHIN_MS);
    signal.addEventListener('abort', () => clearTimeout(timer));
  });
