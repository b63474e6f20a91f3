import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { basename } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

interface Ran {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

const ROOT_PACKAGES = 'systemd,systemd-sysv,passwd,libstdc++6,xz-utils,minisign';
const BOOT_MS = 120_000;

/** Debian under a systemd of its own, in a folder; it shares the network of this machine. */
export class BootedSystem {
  #nspawn: ChildProcess | undefined;
  #leader = '';

  private constructor(readonly root: string) {}

  /** @param root folder that does not exist yet */
  static create(root: string): BootedSystem {
    const sources = '/etc/apt/sources.list.d/debian.sources';
    const args = ['--quiet', '--mode=root', '--variant=essential', `--include=${ROOT_PACKAGES}`];
    execFileSync('mmdebstrap', [...args, 'bookworm', root, sources], {
      stdio: ['ignore', 'ignore', 'inherit'],
    });
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
    for (const end = Date.now() + BOOT_MS; Date.now() < end; await sleep(200)) {
      if (hasEnded(this.#nspawn)) break;
      this.#leader = firstChildOf(this.#nspawn.pid!) ?? '';
      if (this.#leader !== '' && this.run('systemctl', 'is-system-running').out.trim() === 'running') return;
    }
    throw new Error('the system did not start');
  }

  /** Runs a program of the system, in it, as root. */
  run(...command: readonly string[]): Ran {
    const into = ['-t', this.#leader, '-m', '-p', '-u', '-i', '-r', '-w', '--'];
    const env = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin' };
    const ran = spawnSync('nsenter', [...into, ...command], { env, encoding: 'utf8', timeout: 120_000 });
    return { code: ran.status, out: ran.stdout, err: ran.stderr };
  }

  /** @returns what the program writes to its standard output; @throws Error when it fails */
  must(...command: readonly string[]): string {
    const { code, out, err } = this.run(...command);
    if (code !== 0) throw new Error(`${command.join(' ')} ended with ${code}:\n${out}${err}`);
    return out;
  }

  /** Until the output of a program matches. */
  async until(pattern: RegExp, ...command: readonly string[]): Promise<RegExpExecArray> {
    let ran: Ran | undefined;
    for (const end = Date.now() + BOOT_MS; Date.now() < end; await sleep(200)) {
      ran = this.run(...command);
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
    this.run('systemctl', '--no-block', 'poweroff');
    const timer = setTimeout(() => nspawn.kill('SIGKILL'), BOOT_MS);
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
