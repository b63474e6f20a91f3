import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The nodes that agents are built into: where each comes from, and the SHA-256 of its executable. */
const NODES = JSON.parse(readFileSync(new URL('nodes.json', import.meta.url), 'utf8'));
const cache = fileURLToPath(new URL('../../../node_modules/.cache/provision-agent', import.meta.url));

export const TARGETS = Object.keys(NODES);

/**
 * A node for a target, downloaded unless the one that runs this is it.
 *
 * @returns its path
 * @throws Error when it is not the node that is pinned
 */
export function nodeFor(target) {
  const { npm, sha256 } = NODES[target];
  if (sha256Of(process.execPath) === sha256) return process.execPath;
  const folder = join(cache, npm);
  const path = join(folder, 'package/bin/node');
  if (!existsSync(path)) download(npm, folder);
  const found = sha256Of(path);
  if (found === sha256) return path;
  throw new Error(
    `${path}: its SHA-256 is ${found}, and nodes.json wants ${sha256}. Remove it and try again.`,
  );
}

/** npm checks what it gets by the registry's hash; ours is the one that counts. */
function download(npm, folder) {
  mkdirSync(folder, { recursive: true });
  const options = { cwd: folder, stdio: ['ignore', 'ignore', 'inherit'], timeout: 600_000 };
  execFileSync('npm', ['pack', '--silent', npm], options);
  execFileSync('tar', ['-xzf', `${npm.replace('@', '-')}.tgz`, 'package/bin/node'], options);
}

export const sha256Of = (path) => createHash('sha256').update(readFileSync(path)).digest('hex');
