import { measureCpu, rounded, type Spent } from '@org/harness';
import type { Bench } from './stage.js';

interface Throughput extends Spent {
  readonly perSecond: number;
}

/** Keeps so many provisionings under way, until the time is up or enough are begun. */
export async function throughput(
  bench: Bench,
  { atATime, seconds = Infinity, count = Infinity }: { atATime: number; seconds?: number; count?: number },
): Promise<Throughput> {
  const { app, emulator, operator, provision } = bench;
  // A domain of its own, so that what is there already does not slow the emulator's lists.
  const { id } = await operator.createDomain('loaded');
  await emulator.clearCalls();
  const spent = measureCpu({ app: app.pid, emulator: emulator.pid, load: process.pid });
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
