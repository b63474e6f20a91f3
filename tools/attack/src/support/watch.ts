import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { type App, cpuMs } from '@org/harness';
import type { Findings } from '../case.js';
import { request } from './http.js';

/** What one more caller met while something went on. */
interface Watched<T> {
  readonly result: T;
  /** Requests for `/health` that were answered with 200, and those that were not. */
  readonly answered: number;
  readonly failed: number;
  /** Milliseconds of the app's processor time that one of them waited for at most. Undefined where the system does not tell. */
  readonly worstMs: number | undefined;
  /** Milliseconds of processor time that the app used in all. */
  readonly usedMs: number;
  /** How much larger the app got, in MiB. */
  readonly grownMib: number;
}

/** Of an address that attacks nothing. */
const CALLER = '127.0.0.200';
const EVERY_MS = 40;
const ANSWERS_WITHIN_MS = 10_000;

/** Asks an app for its health, on a new connection each time, while something goes on. */
export async function watching<T>(app: App, work: () => Promise<T>): Promise<Watched<T>> {
  const state = { answered: 0, failed: 0, worstMs: undefined as number | undefined, peak: memoryMib(app) };
  const [before, cpuBefore] = [state.peak, cpuMs(app.pid) ?? 0];
  const over = new AbortController();
  const watch = (async () => {
    do {
      await ask(app, state);
      await delay(EVERY_MS);
    } while (!over.signal.aborted);
  })();
  try {
    const result = await work();
    return {
      result,
      ...(await ended(watch, over, state)),
      usedMs: (cpuMs(app.pid) ?? 0) - cpuBefore,
      grownMib: Math.max(0, Math.round(state.peak - before)),
    };
  } finally {
    await ended(watch, over, state);
  }
}

type State = { answered: number; failed: number; worstMs: number | undefined; peak: number };

async function ended(watch: Promise<void>, over: AbortController, { answered, failed, worstMs }: State) {
  over.abort();
  await watch;
  return { answered, failed, worstMs };
}

async function ask(app: App, state: State): Promise<void> {
  const from = cpuMs(app.pid);
  const status = await request(`${app.operations}/health`, {
    from: CALLER,
    withinMs: ANSWERS_WITHIN_MS,
  }).then(
    (answer) => answer.status,
    () => 0,
  );
  const to = cpuMs(app.pid);
  if (status === 200) state.answered += 1;
  else state.failed += 1;
  if (from !== undefined && to !== undefined) state.worstMs = Math.max(state.worstMs ?? 0, to - from);
  state.peak = Math.max(state.peak, memoryMib(app));
}

function memoryMib({ pid }: App): number {
  try {
    return Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024;
  } catch {
    return 0;
  }
}

/** Milliseconds of the app's processor time that its health may wait for. */
const HEALTH_WITHIN_MS = 200;

export function mustStayHealthy(findings: Findings, { answered, failed, worstMs }: Watched<unknown>): void {
  const waited = worstMs === undefined ? '' : `, at most ${worstMs} ms of CPU each`;
  const isQuick = worstMs === undefined || worstMs <= HEALTH_WITHIN_MS;
  findings.must(
    failed === 0 && answered > 0 && isQuick,
    `health answered ${answered} of ${answered + failed} times${waited}`,
  );
}
