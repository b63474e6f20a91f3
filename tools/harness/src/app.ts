import { readFile, stat } from 'node:fs/promises';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { type Child, startChild } from './child.js';

/** An app in a process of its own, ready to serve. */
export interface App extends Pick<Child, 'pid' | 'exited' | 'kill' | 'stop'> {
  /** Of the HTTP app a base URL, of the gRPC app host:port. */
  readonly url: string;
  /** Base URL of health and metrics. */
  readonly operations: string;
}

export type AppName = 'http' | 'grpc';

interface AppOptions {
  /** `MG_…` variables. Address and port are set here: a free port of this machine. */
  readonly env: Readonly<Record<string, string>>;
  readonly logFile: string;
  readonly nodeOptions?: readonly string[];
}

const APPS = {
  http: {
    label: 'HTTP app',
    env: { MG_PROVISION_HTTP_HOST: '127.0.0.1', MG_PROVISION_HTTP_PORT: '0' },
  },
  grpc: {
    label: 'gRPC app',
    env: {
      MG_PROVISION_GRPC_HOST: '127.0.0.1',
      MG_PROVISION_GRPC_PORT: '0',
      MG_PROVISION_GRPC_METRICS_PORT: '0',
    },
  },
} as const;

/** Milliseconds until it must be ready, on a machine that is busy with other things. */
const STARTS_WITHIN_MS = 60_000;
const LOOK_EVERY_MS = 20;

/** The program of an app, as its package names it. */
export function appProgram(app: AppName | 'agent' | 'cli'): string {
  const manifest = createRequire(import.meta.url).resolve(`@org/provision-${app}/package.json`);
  const { bin } = JSON.parse(readFileSync(manifest, 'utf8')) as { bin: Record<string, string> };
  return join(dirname(manifest), Object.values(bin)[0]!);
}

/** A layout that the product ships. */
export const shippedLayout = (name: 'agent' | 'gateway'): string =>
  fileURLToPath(import.meta.resolve(`@org/layout-config/layouts/${name}.toml`));

/** Starts it and waits until it can serve. Throws with the end of its log when it does not get there. */
export async function startApp(name: AppName, { env, logFile, nodeOptions = [] }: AppOptions): Promise<App> {
  const app = APPS[name];
  const before = await stat(logFile).then(
    ({ size }) => size,
    () => 0,
  );
  const child = startChild({
    program: appProgram(name),
    nodeOptions,
    env: { ...app.env, ...env },
    logFile,
  });
  const until = Date.now() + STARTS_WITHIN_MS;
  for (let listening: Listening | undefined; ;) {
    if (child.exit || Date.now() > until) {
      child.kill('SIGKILL');
      throw new Error(`the ${app.label} did not start:\n${await lastLines(logFile)}`);
    }
    listening ??= await listeningFrom(logFile, before);
    if (listening && (await isReady(listening.operations))) return { ...child, ...listening };
    await delay(LOOK_EVERY_MS);
  }
}

type Listening = Pick<App, 'url' | 'operations'>;

/** Where it listens, from the line that says so; the ports were free for the taking, so no one else knows them. */
async function listeningFrom(logFile: string, offset: number): Promise<Listening | undefined> {
  const text = (await readFile(logFile)).subarray(offset).toString('utf8');
  const line = text.split('\n').find((it) => it.includes('"address":') && it.endsWith('}'));
  if (line === undefined) return undefined;
  const { address, metrics_port: port } = JSON.parse(line) as { address: string; metrics_port?: number };
  if (port === undefined) return { url: address, operations: address };
  // By name: node warns of TLS to a bare address, as TLS has no way to say that one is meant.
  return { url: address.replace('127.0.0.1', 'localhost'), operations: `http://127.0.0.1:${port}` };
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
