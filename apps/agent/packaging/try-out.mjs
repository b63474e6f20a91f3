import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * Runs an executable where there is nothing else: an empty folder, no environment.
 *
 * @throws Error when it does not do what it should there
 */
export function tryOut(executable, version) {
  const home = mkdtempSync(join(tmpdir(), 'provision-agent-try-'));
  const run = (...args) => {
    const options = { cwd: home, env: { HOME: home }, encoding: 'utf8', timeout: 30_000 };
    return spawnSync(executable, args, options);
  };
  const expect = (args, wanted, code = 0) => {
    const { status, stdout, stderr } = run(...args);
    if (status === code && wanted.test(stdout + stderr)) return;
    throw new Error(`provision-agent ${args.join(' ')} ended with ${status}:\n${stdout}${stderr}`);
  };
  try {
    expect(['--version'], new RegExp(`^${version.replaceAll('.', '\\.')}\\n$`));
    expect(['--help'], /deprovision/);
    expect(['init'], /settings\.yml/);
    // There is no server: it says so, and what to do.
    expect(['doctor'], /server/i, 1);
    expect(['status', '--json'], /"state"/, 3);
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
}
