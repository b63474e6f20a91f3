import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

interface OpensslResult {
  readonly ok: boolean;
  /** Both outputs. */
  readonly text: string;
}

/** The system's openssl, in a folder of its own. */
export class Openssl {
  readonly folder = mkdtempSync(join(tmpdir(), 'pki-test-'));

  write(name: string, content: string | Uint8Array): string {
    writeFileSync(join(this.folder, name), content);
    return name;
  }

  read(name: string): Buffer {
    return readFileSync(join(this.folder, name));
  }

  run(...args: readonly string[]): OpensslResult {
    const { status, stdout, stderr } = spawnSync('openssl', args, { cwd: this.folder, encoding: 'utf8' });
    return { ok: status === 0, text: `${stdout}${stderr}` };
  }

  /** @returns what it wrote to standard output, as octets */
  output(...args: readonly string[]): Buffer {
    const { status, stdout, stderr } = spawnSync('openssl', args, { cwd: this.folder });
    if (status !== 0) throw new Error(`openssl ${args.join(' ')}: ${String(stderr)}`);
    return stdout;
  }

  close(): void {
    rmSync(this.folder, { recursive: true });
  }
}
