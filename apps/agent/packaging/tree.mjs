import { chmodSync, copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const packaging = fileURLToPath(new URL('.', import.meta.url));

/** What is installed below the prefix, with its mode; `install.sh` of the tarball does the same. */
const FILES = [
  ['provision-agent', 'bin/provision-agent', 0o755],
  ['environment', 'lib/provision-agent/environment', 0o644],
  ['provision-agent.service', 'lib/systemd/system/provision-agent.service', 0o644],
  ['provision-agent.sysusers', 'lib/sysusers.d/provision-agent.conf', 0o644],
];

/** Lays out in `root` what the agent consists of on a device, for a prefix. */
export function layOut({ root, bundle, prefix }) {
  for (const [name, path, mode] of FILES) {
    const text = readFileSync(join(packaging, 'files', name), 'utf8').replaceAll('@PREFIX@', prefix);
    put(join(root, prefix, path), text, mode);
  }
  const executable = join(root, prefix, 'lib/provision-agent/provision-agent');
  copyFileSync(join(bundle, 'provision-agent'), executable);
  chmodSync(executable, 0o755);
  put(join(root, 'etc/default/provision-agent'), readFileSync(join(packaging, 'files/default')), 0o644);
}

/** A file and the folders above it, whatever the umask. */
export function put(path, content, mode) {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
  chmodSync(path, mode);
}
