import { type ChildProcess, execFile, execFileSync, spawn } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { basename } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';

interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

const ROOT_PACKAGES = 'systemd,systemd-sysv,passwd,libstdc++6,xz-utils,minisign';
const LIMIT_MS = 120_000;

/** Debian under a systemd of its own, in a folder; it shares the network of this machine. */
export class BootedSystem {
  #nspawn: ChildProcess | undefined;
  #leader = '';

  private constructor(readonly root: string) {}

  /** @param root folder that does not exist yet */
  static async create(root: string): Promise<BootedSystem> {
    const sources = '/etc/apt/sources.list.d/debian.sources';
    const args = ['--quiet', '--mode=root', '--variant=essential', `--include=${ROOT_PACKAGES}`];
    await promisify(execFile)('mmdebstrap', [...args, 'bookworm', root, sources]);
    return new BootedSystem(root);
  }

  /** Another system with the same disk, as it is now; it must not run. */
  copyTo(root: string): BootedSystem {
    execFileSync('cp', ['-a', '--reflink=auto', this.root, root]);
    return new BootedSystem(root);
  }

  /** Until the system has started whatever starts with it. */
  async boot(): Promise<void> {
    // Others may boot systems at the same time; by default their name is that of the folder.
    const machine = `--machine=provision-agent-${process.pid}-${basename(this.root)}`;
    const args = ['-D', this.root, '-b', machine, '--register=no', '--keep-unit', '--console=pipe'];
    this.#nspawn = spawn('systemd-nspawn', args, { stdio: 'ignore' });
    for (const end = Date.now() + LIMIT_MS; Date.now() < end; await sleep(200)) {
      if (hasEnded(this.#nspawn)) break;
      this.#leader = firstChildOf(this.#nspawn.pid!) ?? '';
      if (this.#leader !== '' && (await this.run('systemctl', 'is-system-running')).out === 'running\n')
        return;
    }
    throw new Error('the system did not start');
  }

  /** Runs a program of the system, in it, as root. */
  run(...command: readonly string[]): Promise<Ran> {
    const into = ['-t', this.#leader, '-m', '-p', '-u', '-i', '-r', '-w', '--'];
    const options = { env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin' }, timeout: LIMIT_MS };
    return new Promise((resolve) =>
      execFile('nsenter', [...into, ...command], options, (error, out, err) =>
        resolve({ code: error ? Number(error.code ?? -1) : 0, out, err }),
      ),
    );
  }

  /** @returns what the program writes to its standard output; @throws Error when it fails */
  async must(...command: readonly string[]): Promise<string> {
    const { code, out, err } = await this.run(...command);
    if (code !== 0) throw new Error(`${command.join(' ')} ended with ${code}:\n${out}${err}`);
    return out;
  }

  /** Until the output of a program matches. */
  async until(pattern: RegExp, ...command: readonly string[]): Promise<RegExpExecArray> {
    let ran: Ran | undefined;
    for (const end = Date.now() + LIMIT_MS; Date.now() < end; await sleep(200)) {
      ran = await this.run(...command);
      const match = pattern.exec(ran.out);
      if (match) return match;
    }
    throw new Error(`${command.join(' ')} never said ${pattern}:\n${ran?.out}${ran?.err}`);
  }

  /** As when its power button is pressed. */
  async powerOff(): Promise<void> {
    const nspawn = this.#nspawn;
    if (!nspawn || hasEnded(nspawn)) return;
    const ended = new Promise((resolve) => nspawn.once('exit', resolve));
    await this.run('systemctl', '--no-block', 'poweroff');
    const timer = setTimeout(() => nspawn.kill('SIGKILL'), LIMIT_MS);
    await ended;
    clearTimeout(timer);
  }
}

const hasEnded = ({ exitCode, signalCode }: ChildProcess): boolean =>
  exitCode !== null || signalCode !== null;

/** The first process of the system, once there is one. */
function firstChildOf(pid: number): string | undefined {
  const tasks = `/proc/${pid}/task`;
  return readdirSync(tasks)
    .map((task) => readFileSync(`${tasks}/${task}/children`, 'utf8').trim().split(' ')[0])
    .find((child) => child !== '');
}
