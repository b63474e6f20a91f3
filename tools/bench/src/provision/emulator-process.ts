import { readFile } from 'node:fs/promises';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { CallRecord, ServiceName } from '@org/magistrala-emulator';
import { type Child, lastLines, startChild } from '@org/harness';

/** What the emulator's program says of itself once it listens. */
interface Announcement {
  readonly urls: Readonly<Record<ServiceName, string>>;
  readonly admin: { readonly username: string; readonly password: string };
  /** Variables that point Provision at it. */
  readonly environment: Readonly<Record<string, string>>;
}

/** The emulator in a process of its own, used over its control interface. */
export interface EmulatorProcess extends Announcement, Pick<Child, 'pid' | 'stop'> {
  /** @param ms that each call takes from now on */
  setLatency(ms: number): Promise<void>;
  calls(): Promise<readonly CallRecord[]>;
  clearCalls(): Promise<void>;
}

const STARTS_WITHIN_MS = 30_000;
const LOOK_EVERY_MS = 20;

function emulatorProgram(): string {
  const manifest = createRequire(import.meta.url).resolve('@org/magistrala-emulator/package.json');
  const { bin } = JSON.parse(readFileSync(manifest, 'utf8')) as { bin: Record<string, string> };
  return join(dirname(manifest), bin['magistrala-emulator']!);
}

export async function startEmulatorProcess(logFile: string): Promise<EmulatorProcess> {
  // Keys on elliptic curves: with RSA the emulator would spend the machine on making keys.
  const args = ['--ports', 'free', '--cert-key', 'ec', '--json'];
  const child = startChild({ program: emulatorProgram(), args, logFile });
  const until = Date.now() + STARTS_WITHIN_MS;
  for (let said = ''; !said.endsWith('\n'); said = await readFile(logFile, 'utf8')) {
    if (child.exit || Date.now() > until) {
      child.kill('SIGKILL');
      throw new Error(`the emulator did not start:\n${await lastLines(logFile)}`);
    }
    await delay(LOOK_EVERY_MS);
  }
  const announcement = JSON.parse(await readFile(logFile, 'utf8')) as Announcement;
  const { control } = announcement.urls;
  const ask = async (path: string, init: RequestInit = {}) => {
    const answer = await fetch(`${control}${path}`, init);
    if (!answer.ok) throw new Error(`the emulator answered ${answer.status} to ${path}`);
    return answer;
  };
  return {
    ...announcement,
    pid: child.pid,
    stop: child.stop,
    setLatency: async (ms) => void (await ask('/latency', { method: 'PUT', body: JSON.stringify({ ms }) })),
    calls: async () => (await (await ask('/calls')).json()) as readonly CallRecord[],
    clearCalls: async () => void (await ask('/calls', { method: 'DELETE' })),
  };
}
