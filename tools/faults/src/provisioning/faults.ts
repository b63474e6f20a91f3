import { type CaseResult, type FaultCase, runCase } from './case.js';
import { type Target, provisionHealthy } from './healthy.js';
import type { FaultKind } from './kinds.js';
import { Lane, type LaneOptions } from './lane.js';
import { SCENARIOS, type Scenario } from './scenario.js';

interface FaultRunOptions extends LaneOptions {
  readonly kinds: readonly FaultKind[];
  /** A sample: the fullest scenario, and a few of its calls. */
  readonly quick: boolean;
  /** Only every n-th case; 1: all of them. */
  readonly every: number;
  /** Emulators and apps at the same time, for each scenario. */
  readonly lanes: number;
  /** Told after each case. */
  readonly progress: (done: readonly CaseResult[], total: number) => void;
}

/** Calls that a sample is made of: one that makes a thing whose id the platform chooses, and the last. */
const SAMPLE = ['bootstrap.add_config', 'bootstrap.enable_config'];

/** Injects every kind of fault at every outbound call, several at a time. */
export async function runFaults(options: FaultRunOptions): Promise<readonly CaseResult[]> {
  const scenarios = options.quick ? SCENARIOS.filter(({ x509, bindings }) => x509 && bindings) : SCENARIOS;
  const done: CaseResult[] = [];
  const totals = new Map<Scenario, number>();
  const inScenario = async (scenario: Scenario) => {
    const first = await Lane.open(scenario, options);
    const { targets } = await provisionHealthy(first);
    const calls = options.quick ? targets.filter(isSampled) : targets;
    const queue = everyNth(casesOf(calls, options.kinds), options.every);
    totals.set(scenario, queue.length);
    const rest = Array.from({ length: options.lanes - 1 }, () => Lane.open(scenario, options));
    const lanes = [first, ...(await Promise.all(rest))];
    await Promise.all(lanes.map((lane) => work(lane, queue, report)));
  };
  const report = (result: CaseResult) => {
    done.push(result);
    const total = [...totals.values()].reduce((sum, count) => sum + count, 0);
    options.progress(done, total);
  };
  await Promise.all(scenarios.map(inScenario));
  return done;
}

const isSampled = ({ operation }: Target): boolean => SAMPLE.includes(operation);

/** For each kind one call after the other. */
export const casesOf = <K, T>(
  targets: readonly T[],
  kinds: readonly K[],
): { readonly kind: K; readonly target: T }[][] =>
  kinds.map((kind) => targets.map((target) => ({ kind, target })));

/** Each kind begins one call later than the one before it, so that a part of the cases has every kind and every call. */
export const everyNth = <T>(cases: readonly (readonly T[])[], every: number): T[] =>
  cases.flatMap((ofKind, kind) => ofKind.filter((_, call) => (call + kind) % every === 0));

/** Takes case after case. Each lane knows by its own healthy gateway what one looks like. */
async function work(lane: Lane, queue: FaultCase[], report: (result: CaseResult) => void): Promise<void> {
  const { healthy } = await provisionHealthy(lane);
  for (let next = queue.shift(); next; next = queue.shift()) report(await runCase(lane, next, healthy));
}
