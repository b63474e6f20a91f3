import { cpuMs, machineMs } from './cpu.js';
import type { Bench } from './stage.js';
import { rounded } from './statistics.js';

export interface Throughput {
  readonly perSecond: number;
  /** Milliseconds of processor time for one provisioning, by process; empty where the system does not tell. */
  readonly cpuMs: Readonly<Record<string, number>>;
  /** Per cent of the machine's processor time that went elsewhere; undefined where the system does not tell. */
  readonly othersPercent: number | undefined;
}

/** Keeps so many provisionings under way, until the time is up or enough are begun. */
export async function throughput(
  bench: Bench,
  { atATime, seconds = Infinity, count = Infinity }: { atATime: number; seconds?: number; count?: number },
): Promise<Throughput> {
  const { emulator, operator, provision } = bench;
  // A domain of its own, so that what is there already does not slow the emulator's lists.
  const { id } = await operator.createDomain('loaded');
  await emulator.clearCalls();
  const spent = measureCpu(bench);
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
  const perSecond = rounded((done / (performance.now() - from)) * 1_000);
  return { perSecond, ...spent(done) };
}

/** Starts to count processor time; the function returned ends that. */
function measureCpu({ app, emulator }: Bench): (done: number) => Omit<Throughput, 'perSecond'> {
  const processes = { app: app.pid, emulator: emulator.pid, load: process.pid };
  const used = () => Object.entries(processes).map(([name, pid]) => [name, cpuMs(pid)] as const);
  const [before, machineBefore] = [new Map(used()), machineMs()];
  return (done) => {
    const machine = machineMs();
    const ours = used().flatMap(([name, ms]): [string, number][] =>
      ms === undefined ? [] : [[name, ms - before.get(name)!]],
    );
    if (ours.length === 0) return { cpuMs: {}, othersPercent: undefined };
    const sum = ours.reduce((total, [, ms]) => total + ms, 0);
    const others = machine.busy - machineBefore.busy - sum;
    return {
      cpuMs: Object.fromEntries(ours.map(([name, ms]) => [name, rounded(ms / done)])),
      othersPercent: Math.max(0, Math.round((others / (machine.total - machineBefore.total)) * 100)),
    };
  };
}
