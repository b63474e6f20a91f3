import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { type App, shippedLayout, startApp } from '../support/app.js';
import type { Cleanup } from '../support/cleanup.js';
import { postMapping } from '../support/mapping.js';
import { type Operator, signIn } from '../support/operator.js';
import { roundTrips } from '../support/round-trips.js';
import { cpuMs } from './cpu.js';
import { type EmulatorProcess, startEmulatorProcess } from './emulator-process.js';
import { percentile, rounded } from './statistics.js';

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
  /** Milliseconds of processor time for one provisioning, under the heaviest load; empty where unknown. */
  readonly cpuMs: Readonly<Record<string, number>>;
}

/** How much is measured. */
export interface Extent {
  /** Provisions before anything counts, so that the code is compiled by then. */
  readonly warmUp: number;
  readonly sequential: number;
  /** Seconds for each number at a time. */
  readonly seconds: number;
}

export interface BenchOptions {
  readonly x509: boolean;
  readonly extent: Extent;
  readonly cleanup: Cleanup;
  readonly progress: (what: string) => void;
  /** Options of node for the app: `--cpu-prof` and its like. */
  readonly nodeOptions?: readonly string[];
}

export const CALL_MS = 20;
export const AT_A_TIME = [1, 8, 64] as const;
/** Provisions of which the calls are counted. */
const COUNTED = 10;

/** What is measured: an app of its own against an emulator of its own. */
interface Bench {
  readonly emulator: EmulatorProcess;
  readonly app: App;
  readonly operator: Operator;
  provision(domainId: string): Promise<void>;
}

export async function measure(options: BenchOptions): Promise<Measured> {
  const { extent, progress } = options;
  const bench = await openBench(options);
  progress('warming up');
  await throughput(bench, { atATime: 8, count: extent.warmUp });
  await bench.emulator.setLatency(CALL_MS);
  progress(`calls of one provisioning at ${CALL_MS} ms a call`);
  const calls = await countCalls(bench);
  progress(`${extent.sequential} provisionings in a row at ${CALL_MS} ms a call`);
  const times = await timeEach(bench, extent.sequential);
  await bench.emulator.setLatency(0);
  const perSecond: Record<string, number> = {};
  let cpu: Record<string, number> = {};
  for (const atATime of AT_A_TIME) {
    progress(`${atATime} at a time for ${extent.seconds} s`);
    const load = await throughput(bench, { atATime, seconds: extent.seconds });
    perSecond[atATime] = rounded(load.perSecond);
    cpu = load.cpuMs;
  }
  await bench.app.stop();
  await bench.emulator.stop();
  return {
    ...calls,
    p50Ms: rounded(percentile(times, 0.5)),
    p99Ms: rounded(percentile(times, 0.99)),
    perSecond,
    cpuMs: cpu,
  };
}

async function openBench({ x509, cleanup, nodeOptions = [] }: BenchOptions): Promise<Bench> {
  const folder = await cleanup.folder();
  const emulator = await startEmulatorProcess(join(folder, 'emulator.log'));
  cleanup.defer(() => emulator.stop());
  const app = await startApp({
    logFile: join(folder, 'app.log'),
    nodeOptions,
    env: {
      ...emulator.environment,
      MG_PROVISION_CONFIG_FILE: shippedLayout('agent'),
      MG_PROVISION_STATE_PATH: join(folder, 'state.db'),
      MG_PROVISION_X509_PROVISIONING: String(x509),
      MG_PROVISION_MQTT_URL: 'ssl://mq.plant.test:8883',
    },
  });
  cleanup.defer(() => app.stop());
  const operator = await signIn(emulator.urls, emulator.admin);
  cleanup.defer(() => operator.close());
  const provision = async (domainId: string) => {
    const request = { url: app.url, domainId, token: operator.token, externalId: randomUUID() };
    const { status, body } = await postMapping(request);
    if (status !== 201) throw new Error(`a provisioning was answered ${status}: ${JSON.stringify(body)}`);
  };
  return { emulator, app, operator, provision };
}

async function countCalls({
  emulator,
  operator,
  provision,
}: Bench): Promise<Pick<Measured, 'httpCalls' | 'roundTrips'>> {
  const { id } = await operator.createDomain('counted');
  const counts: { calls: number; trips: number }[] = [];
  for (let index = 0; index < COUNTED; index++) {
    await emulator.clearCalls();
    await provision(id);
    const http = (await emulator.calls()).filter(({ method }) => method !== 'GRPC');
    counts.push({ calls: http.length, trips: roundTrips(http) });
  }
  // The worst of them: nothing is made to look better than it may turn out.
  return {
    httpCalls: Math.max(...counts.map(({ calls }) => calls)),
    roundTrips: Math.max(...counts.map(({ trips }) => trips)),
  };
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

/** Keeps so many provisionings under way, until the time is up or enough are done. */
async function throughput(
  { emulator, app, operator, provision }: Bench,
  { atATime, seconds = Infinity, count = Infinity }: { atATime: number; seconds?: number; count?: number },
): Promise<{ perSecond: number; cpuMs: Record<string, number> }> {
  // A domain of its own, so that what is there already does not slow the emulator's lists.
  const { id } = await operator.createDomain('loaded');
  await emulator.clearCalls();
  const used = () => ({ app: cpuMs(app.pid), emulator: cpuMs(emulator.pid), load: cpuMs(process.pid) });
  const before = used();
  const from = performance.now();
  let begun = 0;
  let done = 0;
  const caller = async () => {
    while (begun < count && performance.now() - from < seconds * 1_000) {
      begun += 1;
      await provision(id);
      done += 1;
    }
  };
  await Promise.all(Array.from({ length: atATime }, caller));
  const perSecond = (done / (performance.now() - from)) * 1_000;
  const after = used();
  const names = ['app', 'emulator', 'load'] as const;
  const spent = names.flatMap((name): [string, number][] =>
    before[name] === undefined ? [] : [[name, rounded((after[name]! - before[name]) / done)]],
  );
  return { perSecond, cpuMs: Object.fromEntries(spent) };
}
