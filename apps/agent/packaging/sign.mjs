import { spawnSync } from 'node:child_process';
import { mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { sha256Of } from './nodes.mjs';

/** @returns path of the list with the SHA-256 of each file, all of which are in `out` */
export function writeSums({ out, files }) {
  const sums = join(out, 'SHA256SUMS');
  writeFileSync(sums, files.map((file) => `${sha256Of(file)}  ${basename(file)}\n`).join(''));
  return sums;
}

/**
 * Signs a file by minisign, with the secret key of PROVISION_SIGNING_KEY (its text) or PROVISION_SIGNING_KEY_FILE, and
 * the password of PROVISION_SIGNING_PASSWORD. None of them gets into an argument.
 *
 * @returns path of the signature; undefined: there is no key
 * @throws Error when minisign is missing, or cannot use the key
 */
export function sign(file, { comment }) {
  const {
    PROVISION_SIGNING_KEY: text,
    PROVISION_SIGNING_KEY_FILE: path,
    PROVISION_SIGNING_PASSWORD: password = '',
    ...env
  } = process.env;
  if (!text && !path) return undefined;
  const folder = mkdtempSync(join(tmpdir(), 'provision-agent-sign-'));
  try {
    const key = path || join(folder, 'key');
    if (!path) writeFileSync(key, `${text.trim()}\n`, { mode: 0o600 });
    // From a file: minisign may end without reading it, which would break a pipe.
    const typed = join(folder, 'password');
    writeFileSync(typed, `${password}\n`, { mode: 0o600 });
    const args = ['-S', '-s', key, '-m', file, '-t', comment];
    const stdio = [openSync(typed), 'ignore', 'pipe'];
    const { status, error, stderr } = spawnSync('minisign', args, { env, stdio, encoding: 'utf8' });
    if (status !== 0) throw new Error(`minisign did not sign ${file}: ${error?.message ?? stderr.trim()}`);
    return `${file}.minisig`;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
