import { DRAIN, type Target, newExternalId } from './healthy.js';
import { type Healthy, type Verdict, judge, judgeAnswer } from './judge.js';
import type { FaultKind } from './kinds.js';
import type { Caller, Lane } from './lane.js';
import { since } from './things.js';

export interface FaultCase {
  readonly kind: FaultKind;
  readonly target: Target;
}

export interface CaseResult extends FaultCase {
  readonly scenario: string;
  /** Whether the call was made and the fault took hold of it. */
  readonly injected: boolean;
  readonly verdict: Verdict;
  /** How many things the platform's API can never remove, and how many of them the app has not put on record. */
  readonly remnants: number;
  readonly unreportedRemnants: number;
  /** All that is not as it should be. */
  readonly problems: readonly string[];
  /** The end of the app's log, when there are problems. */
  readonly log?: string;
}

/** Injects one fault, waits until everything has come to an end, and judges what is left. */
export async function runCase(
  lane: Lane,
  { kind, target }: FaultCase,
  healthy: Healthy,
): Promise<CaseResult> {
  const externalId = newExternalId();
  const problems: string[] = [];
  const { faults } = lane.emulator;
  await lane.run(kind.drain ?? DRAIN);
  lane.emulator.clearCalls();
  const before = lane.things();
  const remnantsBefore = lane.remnants();
  const now = () => since(before, lane.things());

  const fault = faults.add({ ...target, ...kind.rule });
  const caller = lane.call(externalId);
  const struck = Promise.race([fault.waitForHit().then(() => true), caller.answer.then(() => false)]);
  const answered = judgeWhenAnswered(lane, caller, () => {
    const things = now();
    return { things, verdict: judge(things, externalId, healthy) };
  });
  const injected = await struck;
  if (!injected) problems.push('the call was not made');
  try {
    if (injected) await kind.strike?.({ lane, fault, caller });
    problems.push(...(await answered));
    faults.clear();
    await lane.settled();
  } catch (error) {
    problems.push(error instanceof Error ? error.message : String(error));
    faults.clear();
    await lane.run(kind.drain ?? DRAIN);
  }
  const verdict = judge(now(), externalId, healthy);
  const remnants = lane.remnants().filter((id) => !remnantsBefore.includes(id));
  const recorded = await lane.recorded(remnants);
  const unreported = remnants.filter((id) => !recorded.includes(id));
  if (unreported.length > 0) problems.push(`not on record as remnants: ${unreported.join(', ')}`);
  if (verdict.problem !== undefined) problems.push(verdict.problem);
  else
    problems.push(
      ...(await provisionAgain(lane, externalId, {
        verdict,
        judgeNow: () => judge(now(), externalId, healthy),
      })),
    );
  return {
    kind,
    target,
    scenario: lane.scenario.name,
    injected,
    verdict,
    remnants: remnants.length,
    unreportedRemnants: unreported.length,
    problems,
    ...(problems.length > 0 && { log: await lane.log() }),
  };
}

/** What is there at the moment of the answer, against what the answer says. */
async function judgeWhenAnswered(
  lane: Lane,
  caller: Caller,
  look: () => { readonly things: ReturnType<Lane['things']>; readonly verdict: Verdict },
): Promise<readonly string[]> {
  const answer = await caller.answer;
  if (answer === undefined) return [];
  const seen = look();
  const problem = judgeAnswer(answer, { ...seen, listed: await lane.listed(answer) });
  return problem === undefined ? [] : [problem];
}

/** Whatever happened, the way must be free: a gateway that is not there can be made, one that is there cannot. */
async function provisionAgain(
  lane: Lane,
  externalId: string,
  { verdict, judgeNow }: { readonly verdict: Verdict; readonly judgeNow: () => Verdict },
): Promise<readonly string[]> {
  const wanted = verdict.end === 'complete' ? 409 : 201;
  const answer = await lane.call(externalId).answer;
  const after = judgeNow();
  const said =
    answer?.status === wanted
      ? []
      : [
          `asked again, it answered ${answer?.status ?? 'nothing'} instead of ${wanted}: ${JSON.stringify(answer?.body)}`,
        ];
  return after.end === 'complete' ? said : [...said, `asked again: ${after.problem ?? 'nothing exists'}`];
}
