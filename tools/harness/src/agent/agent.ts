import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { appProgram } from '../app.js';

/** As it is installed: what `build` has made. */
const BUILT = [process.execPath, appProgram('agent')];

const alive = new Set<{ kill(signal: NodeJS.Signals): boolean }>();
// For ways out on which no one closes anything.
process.on('exit', () => alive.forEach((child) => child.kill('SIGKILL')));

export interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

interface AgentOptions {
  /** Folder. */
  readonly home: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Default: what `tsc` has made, run by node. */
  readonly program?: readonly string[];
  /** A command that becomes the agent, by way of its last arguments. */
  readonly through?: readonly string[];
}

/** The agent as a process of its own. */
export class AgentProcess {
  out = '';
  err = '';
  readonly ended: Promise<Ended>;
  readonly #child: ChildProcessByStdio<null, Readable, Readable>;
  readonly #watchers = new Set<() => void>();

  constructor({ home, args, env, program = BUILT, through = [] }: AgentOptions) {
    const { PATH = '', NODE_COMPILE_CACHE } = process.env;
    const [first, ...all] = [...through, ...program, ...args] as [string, ...string[]];
    this.#child = spawn(first, all, {
      cwd: home,
      env: { PATH, NODE_COMPILE_CACHE, HOME: home, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#child.stdout.setEncoding('utf8').on('data', (text: string) => this.#said({ out: text }));
    this.#child.stderr.setEncoding('utf8').on('data', (text: string) => this.#said({ err: text }));
    alive.add(this.#child);
    this.ended = new Promise((resolve) =>
      this.#child.once('close', (code) => {
        alive.delete(this.#child);
        resolve({ code, out: this.out, err: this.err });
        for (const watcher of this.#watchers) watcher();
      }),
    );
  }

  get pid(): number {
    return this.#child.pid!;
  }

  kill(signal: NodeJS.Signals = 'SIGKILL'): void {
    this.#child.kill(signal);
  }

  /** Until the output matches. */
  said(pattern: RegExp, where: 'out' | 'err' = 'out'): Promise<RegExpExecArray> {
    return new Promise((resolve, reject) => {
      const look = (): void => {
        const match = pattern.exec(this[where]);
        if (match) resolve(match);
        else if (this.#child.exitCode !== null || this.#child.signalCode !== null) {
          reject(new Error(`The agent has ended without saying ${pattern}:\n${this.out}\n${this.err}`));
        } else return;
        this.#watchers.delete(look);
      };
      this.#watchers.add(look);
      look();
    });
  }

  #said({ out = '', err = '' }: { out?: string; err?: string }): void {
    this.out += out;
    this.err += err;
    for (const watcher of this.#watchers) watcher();
  }
}

/** A device of its own: a home with settings, and agents that run there. */
export class AgentHome {
  readonly #running: AgentProcess[] = [];

  constructor(
    readonly path: string,
    settings?: string,
    private readonly program?: readonly string[],
  ) {
    if (settings !== undefined) writeFileSync(this.settings, settings);
  }

  get settings(): string {
    return join(this.path, 'settings.yml');
  }

  start(
    args: readonly string[],
    env?: Readonly<Record<string, string>>,
    through?: readonly string[],
  ): AgentProcess {
    const all = { MECHA_AGENT_SETTINGS_PATH: this.settings, ...env };
    const agent = new AgentProcess({ home: this.path, args, env: all, program: this.program, through });
    this.#running.push(agent);
    return agent;
  }

  run(args: readonly string[], env?: Readonly<Record<string, string>>): Promise<Ended> {
    return this.start(args, env).ended;
  }

  /** Ends what still runs. */
  close(): void {
    for (const agent of this.#running) agent.kill();
  }
}
