import { execFile } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { appProgram } from '../app.js';
import { ownEnvironment } from '../child.js';
import { check } from '../check.js';

const run = promisify(execFile);

/** How a command of the agent has ended. */
interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A command of the agent under way. */
interface Running {
  readonly ended: Promise<Ended>;
  /** Resolves with what it has printed, once that matches. Rejects when it ends without. */
  printed(pattern: RegExp): Promise<string>;
  stop(): void;
}

/** What the person who sets a device up is told, and writes into its settings. */
interface DeviceFacts {
  readonly grpcUrl: string;
  /** SHA-256 of the server's root certificate, hex. */
  readonly rootFingerprint: string;
  readonly model: string;
  readonly serial: string;
}

/** Milliseconds that a command may take, approval included. */
const MAY_TAKE_MS = 120_000;

/** The agent's program, as someone on the device runs it. */
export class DeviceAgent {
  static readonly program = appProgram('agent');

  /** @param home a folder; the agent knows no other */
  constructor(readonly home: string) {}

  /** A path below home. */
  path(name: string): string {
    return join(this.home, name);
  }

  start(...args: readonly string[]): Running {
    const env = { ...ownEnvironment(), HOME: this.home };
    const running = run(process.execPath, [DeviceAgent.program, ...args], { env, timeout: MAY_TAKE_MS });
    const ended = running.then(
      (said): Ended => ({ code: 0, ...said }),
      ({ code, stdout, stderr }: Ended): Ended => ({ code, stdout, stderr }),
    );
    const { stdout } = running.child;
    const printed = (pattern: RegExp) =>
      new Promise<string>((resolve, reject) => {
        let text = '';
        stdout!.on('data', (more: string) => pattern.test((text += more)) && resolve(text));
        void ended.then(({ stderr }) => reject(new Error(`the agent has ended: ${stderr.trim()}`)));
      });
    return { ended, printed, stop: () => void running.child.kill() };
  }

  run(...args: readonly string[]): Promise<Ended> {
    return this.start(...args).ended;
  }

  /** Runs a command that prints one JSON value. @throws Error when it fails */
  async json<T>(...args: readonly string[]): Promise<T> {
    const { code, stdout, stderr } = await this.run(...args, '--json');
    check(code === 0, `the agent's ${args[0]} ended with ${code}: ${stderr.trim()}`);
    return JSON.parse(stdout) as T;
  }

  /** Has the agent write its settings, and fills them in, as a person would with an editor. */
  async setUp({ grpcUrl, rootFingerprint, model, serial }: DeviceFacts): Promise<void> {
    await mkdir(this.home, { mode: 0o700 });
    const { code, stderr } = await this.run('init');
    check(code === 0, `the agent's init ended with ${code}: ${stderr.trim()}`);
    const path = this.path(SETTINGS);
    const before = await readFile(path, 'utf8');
    const filled = Object.entries({
      ...{ grpc_url: grpcUrl, root_fingerprint: rootFingerprint, model, serial },
      ...{ cache_path: '~/bootstrap.json', config_path: '~/agent-config.json' },
    }).reduce(fillIn, before.replace(/^# (device|bootstrap):$/gm, '$1:'));
    await writeFile(path, filled);
  }
}

export const SETTINGS = '.mecha/agent/settings.yml';

function fillIn(text: string, [key, value]: readonly [string, string]): string {
  const line = new RegExp(`^( +)# ${key}: .*$`, 'm');
  check(line.test(text), `the settings that the agent has written have no ${key}`);
  return text.replace(line, `$1${key}: ${JSON.stringify(value)}`);
}
