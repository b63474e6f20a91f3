import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A node program in a process of its own. */
export interface Child {
  readonly pid: number;
  readonly exited: Promise<Exit>;
  /** Undefined while it runs. */
  readonly exit: Exit | undefined;
  kill(signal: NodeJS.Signals): void;
  /** Asks it to end, and makes it end when it does not. */
  stop(): Promise<void>;
}

interface ChildOptions {
  /** Path of a JavaScript file. */
  readonly program: string;
  readonly args?: readonly string[];
  /** Options of node itself. */
  readonly nodeOptions?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Gets what it writes. */
  readonly logFile: string;
}

/** Milliseconds that a process gets to end by itself. */
const PATIENCE_MS = 10_000;

const alive = new Set<ChildProcess>();
// The last resort, for ways out on which no cleanup runs.
process.on('exit', () => alive.forEach((child) => child.kill('SIGKILL')));

export function startChild({ program, args = [], nodeOptions = [], env = {}, logFile }: ChildOptions): Child {
  // A file, not a pipe: no one has to keep up with reading, and it can be shown when something fails.
  const log = openSync(logFile, 'a');
  const child = spawn(process.execPath, [...nodeOptions, program, ...args], {
    env: { ...ownEnvironment(), ...env },
    stdio: ['ignore', log, log],
  });
  closeSync(log);
  alive.add(child);
  let exit: Exit | undefined;
  const exited = new Promise<Exit>((resolve) => {
    const end = (code: number | null, signal: NodeJS.Signals | null) => {
      alive.delete(child);
      resolve((exit = { code, signal }));
    };
    child.once('exit', end);
    child.once('error', () => end(1, null));
  });
  return {
    // There is none only when it could not be started, which `exited` tells.
    pid: child.pid ?? 0,
    exited,
    get exit() {
      return exit;
    },
    kill: (signal) => void child.kill(signal),
    async stop() {
      child.kill('SIGTERM');
      const waiting = new AbortController();
      const overdue = delay(PATIENCE_MS, undefined, { signal: waiting.signal }).then(
        () => child.kill('SIGKILL'),
        () => undefined,
      );
      await exited;
      waiting.abort();
      await overdue;
    },
  };
}

/** Settings of the person at the keyboard must not change what is shown or measured. */
export function ownEnvironment(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(?:MG|MECHA)_/.test(name)));
}
