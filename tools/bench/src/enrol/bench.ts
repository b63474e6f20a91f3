import { measureCpu, percentile, rounded, type Spent } from '@org/harness';
import {
  type EnrolBench,
  type EnrolBenchSetup,
  type Pair,
  STEPS,
  type StepTimes,
  openEnrolBench,
  requests,
} from './stage.js';

/** How enrolment does with so many devices at a time. */
export interface Load extends Spent {
  readonly atATime: number;
  readonly perSecond: number;
  /** Milliseconds from `Begin` to the certificate; the operator's two requests are in it, a person's time is not. */
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Of each step alone. */
  readonly stepsP50Ms: StepTimes;
  /** The same number of requests to the same processes, but such as ask for nothing: what the way there costs. */
  readonly idlePerSecond: number;
}

/** How much is measured. */
export interface Extent {
  /** Enrolments before anything counts, so that the code is compiled by then. */
  readonly warmUp: number;
  /** Seconds for each number at a time. */
  readonly seconds: number;
}

interface EnrolBenchOptions extends Omit<EnrolBenchSetup, 'pairs'> {
  readonly extent: Extent;
  readonly progress: (what: string) => void;
}

const AT_A_TIME = [1, 8, 64] as const;
/** Requests that are kept ready; more than are used up while others are made. */
const READY = 512;

export async function measure({ extent, progress, ...setup }: EnrolBenchOptions): Promise<readonly Load[]> {
  const bench = await openEnrolBench({ ...setup, pairs: Math.max(...AT_A_TIME) });
  const { pairs } = bench;
  progress('warming up');
  await run(bench, { pairs: pairs.slice(0, 8), count: extent.warmUp, seconds: Infinity });
  const loads = [];
  for (const atATime of AT_A_TIME) {
    progress(`${atATime} at a time for ${extent.seconds} s`);
    const some = pairs.slice(0, atATime);
    const steps: StepTimes[] = [];
    const { times, tookMs, spent } = await run(bench, { pairs: some, seconds: extent.seconds }, steps);
    const idle = await runIdly(bench, { pairs: some, seconds: Math.min(2, extent.seconds) });
    loads.push({
      atATime,
      perSecond: perSecond(times, tookMs),
      p50Ms: rounded(percentile(times, 0.5)),
      p99Ms: rounded(percentile(times, 0.99)),
      stepsP50Ms: eachStep((step) =>
        rounded(
          percentile(
            steps.map((it) => it[step]),
            0.5,
          ),
        ),
      ),
      idlePerSecond: perSecond(idle.times, idle.tookMs),
      ...spent,
    });
  }
  return loads;
}

const eachStep = (value: (step: keyof StepTimes) => number): StepTimes =>
  Object.fromEntries(STEPS.map((step) => [step, value(step)])) as StepTimes;

interface Ran {
  /** Milliseconds of each. */
  readonly times: readonly number[];
  readonly tookMs: number;
  readonly spent: Spent;
}

interface Running {
  readonly pairs: readonly Pair[];
  readonly seconds: number;
  readonly count?: number;
}

const perSecond = ({ length }: readonly number[], ms: number): number => rounded((length / ms) * 1_000);

/** @param steps gets the times of each */
async function run(bench: EnrolBench, running: Running, steps: StepTimes[] = []): Promise<Ran> {
  const ready = await requests(Math.min(READY, running.count ?? READY));
  return keepUnderWay(bench, running, async (pair) => {
    // Each enrolment has a key of its own; one is made on the way only when those that were ready are used up.
    const csr = ready.pop() ?? (await requests(1))[0]!;
    const from = performance.now();
    steps.push(await bench.enrol(pair, csr));
    return performance.now() - from;
  });
}

const runIdly = (bench: EnrolBench, running: Running): Promise<Ran> =>
  keepUnderWay(bench, running, async (pair) => {
    const from = performance.now();
    await bench.callIdly(pair);
    return performance.now() - from;
  });

/** Each pair does it again and again, until the time is up or enough are begun. */
async function keepUnderWay(
  { http, grpc }: EnrolBench,
  { pairs, seconds, count = Infinity }: Running,
  work: (pair: Pair) => Promise<number>,
): Promise<Ran> {
  const spent = measureCpu({ http: http.pid, grpc: grpc.pid, load: process.pid });
  const times: number[] = [];
  const from = performance.now();
  let begun = 0;
  const goOn = async (pair: Pair) => {
    while (begun < count && performance.now() - from < seconds * 1_000) {
      begun += 1;
      times.push(await work(pair));
    }
  };
  await Promise.all(pairs.map(goOn));
  return { times, tookMs: performance.now() - from, spent: spent(times.length) };
}
