import { type ChildProcessByStdio, execFileSync, spawn } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Readable } from 'node:stream';
import { appProgram } from '@org/harness';
import { mindChild } from './children.js';

const MAIN = appProgram('agent');
const EXECUTABLE = join(dirname(MAIN), '../bundle/provision-agent');

/** The agent as it is installed; where that has not been built, by node. */
export interface Program {
  readonly kind: 'executable' | 'node';
  readonly command: readonly [string, ...string[]];
  /** Of the executable; undefined without one. */
  readonly bytes: number | undefined;
}

export function agentProgram(): Program {
  if (!existsSync(EXECUTABLE)) return { kind: 'node', command: [process.execPath, MAIN], bytes: undefined };
  return { kind: 'executable', command: [EXECUTABLE], bytes: statSync(EXECUTABLE).size };
}

/**
 * Has the kernel forget a file, as after a boot. A file that has just been written is in memory as a whole, in large
 * pieces, and each piece counts as a process's own once that touches a byte of it.
 */
export function forget(path: string): void {
  execFileSync('sync', ['--data', path]);
  execFileSync('dd', [`if=${path}`, 'iflag=nocache', 'count=0'], { stdio: 'ignore' });
}

const PATIENCE_MS = 30_000;

/** A line of the log. */
interface Line {
  readonly msg: string;
  readonly address?: unknown;
  /** When it was read here: milliseconds since the process was started. */
  readonly ms: number;
}

/** `provision-agent run`, watched from outside. */
export class AgentProcess {
  readonly #child: ChildProcessByStdio<null, Readable, null>;
  readonly #ended: Promise<void>;
  readonly #startedAt = performance.now();
  readonly #lines: Line[] = [];
  readonly #watchers = new Set<() => void>();

  constructor({ command: [file, ...args] }: Program, home: string, settings: string) {
    const env = { PATH: process.env['PATH'], HOME: home };
    const all = [...args, 'run', '--settings', settings];
    this.#child = mindChild(spawn(file, all, { cwd: home, env, stdio: ['ignore', 'pipe', 'inherit'] }));
    this.#ended = new Promise((resolve) => this.#child.once('close', () => resolve()));
    let rest = '';
    this.#child.stdout.setEncoding('utf8').on('data', (text: string) => {
      const lines = (rest + text).split('\n');
      rest = lines.pop()!;
      const ms = performance.now() - this.#startedAt;
      for (const line of lines) this.#lines.push({ ...(JSON.parse(line) as Line), ms });
      for (const watcher of this.#watchers) watcher();
    });
  }

  /** @throws Error when it is not said in time, with what has been */
  async said(wanted: string): Promise<Line> {
    const find = (): Line | undefined => this.#lines.find(({ msg }) => msg.includes(wanted));
    const found = find();
    if (found) return found;
    let watcher: (() => void) | undefined;
    let timer: NodeJS.Timeout | undefined;
    try {
      return await new Promise((resolve, reject) => {
        const fail = (): void => reject(new Error(`the agent has not said "${wanted}":\n${this.#text()}`));
        watcher = () => {
          const line = find();
          if (line) resolve(line);
        };
        this.#watchers.add(watcher);
        timer = setTimeout(fail, PATIENCE_MS);
        void this.#ended.then(fail);
      });
    } finally {
      clearTimeout(timer);
      this.#watchers.delete(watcher!);
    }
  }

  /** Bytes of memory; `own`: what no file stands behind. */
  memory(): { readonly resident: number; readonly own: number } {
    const status = readFileSync(`/proc/${this.#child.pid}/status`, 'utf8');
    const bytes = (name: string): number =>
      Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)![1]) * 1024;
    return { resident: bytes('VmRSS'), own: bytes('RssAnon') };
  }

  async stop(): Promise<void> {
    this.#child.kill('SIGTERM');
    await this.#ended;
  }

  #text(): string {
    return this.#lines.map((line) => JSON.stringify(line)).join('\n');
  }
}
