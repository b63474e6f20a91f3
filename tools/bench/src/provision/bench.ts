import { percentile, rounded, roundTrips } from '@org/harness';
import { type Bench, type BenchSetup, openBench } from './stage.js';
import { throughput } from './throughput.js';

/** How one way to provision does. */
export interface Measured {
  /** To Magistrala's services for one provisioning; checking the caller's token is a gRPC call besides. */
  readonly httpCalls: number;
  /** How many of them follow one another. */
  readonly roundTrips: number;
  /** Milliseconds for one provisioning when each call takes 20 ms. */
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Provisions a second when calls take no time, by how many run at a time. */
  readonly perSecond: Readonly<Record<string, number>>;
  /** Milliseconds of processor time for one provisioning, at the most at a time; empty where unknown. */
  readonly cpuMs: Readonly<Record<string, number>>;
  /** Per cent of the machine's processor time that other programs took meanwhile; absent where unknown. */
  readonly othersPercent?: number;
}

/** How much is measured. */
export interface Extent {
  /** Provisions before anything counts, so that the code is compiled by then. */
  readonly warmUp: number;
  readonly sequential: number;
  /** Seconds for each number at a time. */
  readonly seconds: number;
}

interface BenchOptions extends BenchSetup {
  readonly extent: Extent;
  readonly progress: (what: string) => void;
}

export const CALL_MS = 20;
export const AT_A_TIME = [1, 8, 64] as const;
/** Provisions of which the calls are counted. */
const COUNTED = 10;

export async function measure({ extent, progress, ...setup }: BenchOptions): Promise<Measured> {
  const bench = await openBench(setup);
  progress('warming up');
  await throughput(bench, { atATime: 8, count: extent.warmUp });
  await bench.emulator.setLatency(CALL_MS);
  progress(`calls of one provisioning at ${CALL_MS} ms a call`);
  const calls = await countCalls(bench);
  progress(`${extent.sequential} provisionings in a row at ${CALL_MS} ms a call`);
  const times = await timeEach(bench, extent.sequential);
  await bench.emulator.setLatency(0);
  const loads = [];
  for (const atATime of AT_A_TIME) {
    progress(`${atATime} at a time for ${extent.seconds} s`);
    loads.push({ atATime, ...(await throughput(bench, { atATime, seconds: extent.seconds })) });
  }
  // Neither may take from the machine what the next measurement needs.
  await bench.app.stop();
  await bench.emulator.stop();
  const others = loads.flatMap(({ othersPercent }) => othersPercent ?? []);
  return {
    ...calls,
    p50Ms: rounded(percentile(times, 0.5)),
    p99Ms: rounded(percentile(times, 0.99)),
    perSecond: Object.fromEntries(loads.map(({ atATime, perSecond }) => [atATime, perSecond])),
    cpuMs: loads.at(-1)!.cpuMs,
    ...(others.length > 0 && { othersPercent: Math.max(...others) }),
  };
}

/** The worst of a few: nothing is made to look better than it may turn out. */
async function countCalls({
  emulator,
  operator,
  provision,
}: Bench): Promise<Pick<Measured, 'httpCalls' | 'roundTrips'>> {
  const { id } = await operator.createDomain('counted');
  let [httpCalls, trips] = [0, 0];
  for (let index = 0; index < COUNTED; index++) {
    await emulator.clearCalls();
    await provision(id);
    const http = (await emulator.calls()).filter(({ method }) => method !== 'GRPC');
    httpCalls = Math.max(httpCalls, http.length);
    trips = Math.max(trips, roundTrips(http));
  }
  return { httpCalls, roundTrips: trips };
}

async function timeEach({ operator, provision }: Bench, count: number): Promise<readonly number[]> {
  const { id } = await operator.createDomain('timed');
  const times: number[] = [];
  for (let index = 0; index < count; index++) {
    const from = performance.now();
    await provision(id);
    times.push(performance.now() - from);
  }
  return times;
}
