import { execFile, execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

// The program as it is installed; `nx test` builds it first.
const MAIN = fileURLToPath(new URL('../dist/main.js', import.meta.url));

export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** On standard input. */
  readonly input?: string;
}

/** A temporary folder in which the program and openssl work, with an authority's folder and records of its own. */
export class Workshop {
  readonly #root = mkdtempSync(join(tmpdir(), 'provision-cli-'));
  readonly path: string;

  constructor(private readonly env: Readonly<Record<string, string>> = {}) {
    this.path = join(this.#root, 'work');
    mkdirSync(this.path);
  }

  file(name: string): string {
    return join(this.path, name);
  }

  write(name: string, text: string, mode = 0o600): void {
    writeFileSync(this.file(name), text, { mode });
  }

  ca(args: readonly string[], options?: RunOptions): Promise<Ended> {
    return this.run(['ca', ...args], options);
  }

  run(args: readonly string[], { env = {}, input }: RunOptions = {}): Promise<Ended> {
    const { PATH, NODE_COMPILE_CACHE } = process.env;
    const environment = { PATH, NODE_COMPILE_CACHE, ...this.env, ...env };
    return new Promise((resolve) => {
      const child = execFile(
        process.execPath,
        [MAIN, ...args],
        { env: environment, cwd: this.path },
        (error, stdout, stderr) => resolve({ code: error ? Number(error.code) : 0, stdout, stderr }),
      );
      child.stdin!.end(input);
    });
  }

  /** Standard output of a run that must succeed. */
  async done(args: readonly string[], options?: RunOptions): Promise<string> {
    const { code, stdout, stderr } = await this.ca(args, options);
    if (code !== 0) throw new Error(`provision ca ${args.join(' ')}: ${stderr}`);
    return stdout;
  }

  async json<T>(args: readonly string[], options?: RunOptions): Promise<T> {
    return JSON.parse(await this.done([...args, '--json'], options)) as T;
  }

  /** Standard output of a command of openssl, which must succeed. */
  openssl(...args: string[]): string {
    return execFileSync('openssl', args, {
      cwd: this.path,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  }

  /** What openssl makes of a certificate: its exit code and all that it says. */
  verify(...args: string[]): { code: number | null; text: string } {
    const { status, stdout, stderr } = spawnSync('openssl', ['verify', ...args], {
      cwd: this.path,
      encoding: 'utf8',
    });
    return { code: status, text: stdout + stderr };
  }

  /** Writes `<name>.key` and `<name>.csr` for a machine. */
  request(name: string): void {
    const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', `${name}.key`];
    this.openssl('req', '-new', ...key, '-subj', `/CN=${name}`, '-out', `${name}.csr`);
  }

  close(): void {
    rmSync(this.#root, { recursive: true });
  }
}
