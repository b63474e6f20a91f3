import { readFile, stat } from 'node:fs/promises';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { type Child, startChild } from './child.js';

/** The HTTP app in a process of its own, ready to provision. */
export interface App extends Pick<Child, 'pid' | 'exited' | 'kill' | 'stop'> {
  readonly url: string;
}

export interface AppOptions {
  /** `MG_…` variables. Address and port are set here: a free port of this machine. */
  readonly env: Readonly<Record<string, string>>;
  readonly logFile: string;
  readonly nodeOptions?: readonly string[];
}

/** Milliseconds until it must be ready, on a machine that is busy with other things. */
const STARTS_WITHIN_MS = 60_000;
const LOOK_EVERY_MS = 20;

/** The program of the HTTP app, as its package names it. */
export function appProgram(): string {
  const manifest = createRequire(import.meta.url).resolve('@org/provision-http/package.json');
  const { bin } = JSON.parse(readFileSync(manifest, 'utf8')) as { bin: Record<string, string> };
  return join(dirname(manifest), bin['provision-http']!);
}

/** A layout that the product ships. */
export const shippedLayout = (name: 'agent' | 'gateway'): string =>
  fileURLToPath(import.meta.resolve(`@org/layout-config/layouts/${name}.toml`));

/** Starts it and waits until `/ready` says so. Throws with the end of its log when it does not get there. */
export async function startApp({ env, logFile, nodeOptions = [] }: AppOptions): Promise<App> {
  const before = await stat(logFile).then(
    ({ size }) => size,
    () => 0,
  );
  const child = startChild({
    program: appProgram(),
    nodeOptions,
    env: { MG_PROVISION_HTTP_HOST: '127.0.0.1', MG_PROVISION_HTTP_PORT: '0', ...env },
    logFile,
  });
  const until = Date.now() + STARTS_WITHIN_MS;
  for (let url: string | undefined; ;) {
    if (child.exit || Date.now() > until) {
      child.kill('SIGKILL');
      throw new Error(`the HTTP app did not start:\n${await lastLines(logFile)}`);
    }
    url ??= await addressIn(logFile, before);
    if (url !== undefined && (await isReady(url))) return { ...child, url };
    await delay(LOOK_EVERY_MS);
  }
}

/** Where it listens, from the line that says so; the port was free for the taking, so nobody else knows it. */
async function addressIn(logFile: string, offset: number): Promise<string | undefined> {
  const text = (await readFile(logFile)).subarray(offset).toString('utf8');
  return /"address":"(http:[^"]+)"/.exec(text)?.[1];
}

const isReady = (url: string): Promise<boolean> =>
  fetch(`${url}/ready`).then(
    async (answer) => (await answer.text(), answer.ok),
    () => false,
  );

/** The end of a log, for people who have to find out. */
export async function lastLines(logFile: string, count = 15): Promise<string> {
  const text = await readFile(logFile, 'utf8').catch(() => '');
  return text.trimEnd().split('\n').slice(-count).join('\n');
}
