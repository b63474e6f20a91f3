import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { packaging, put } from './tree.mjs';

const FILES = [
  'provision-agent',
  'environment',
  'default',
  'provision-agent.service',
  'provision-agent.sysusers',
];

/**
 * Packs a bundle for `install.sh`; needs GNU tar and xz.
 *
 * @returns path of the archive
 */
export function makeArchive({ bundle, target, version, out, time, compression }) {
  const work = mkdtempSync(join(tmpdir(), 'provision-agent-archive-'));
  const name = `provision-agent-${version}-linux-${target}`;
  const root = join(work, name);
  try {
    mkdirSync(root, { mode: 0o755 });
    put(join(root, 'provision-agent'), readFileSync(join(bundle, 'provision-agent')), 0o755);
    put(
      join(root, 'THIRD-PARTY-LICENSES.txt'),
      readFileSync(join(bundle, 'THIRD-PARTY-LICENSES.txt')),
      0o644,
    );
    for (const file of FILES)
      put(join(root, 'files', file), readFileSync(join(packaging, 'files', file)), 0o644);
    const file = join(out, `${name}.tar.xz`);
    const reproducible = ['--sort=name', '--owner=0', '--group=0', '--numeric-owner', `--mtime=@${time}`];
    const args = [
      ...reproducible,
      '--mode=u=rwX,go=rX',
      '-C',
      work,
      '-cf',
      file,
      `-Ixz -T1 -${compression}`,
      name,
    ];
    execFileSync('tar', args, { stdio: ['ignore', 'ignore', 'inherit'] });
    return file;
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** @returns path of the script that installs the archives of a version */
export function makeInstaller({ version, out }) {
  const file = join(out, 'install.sh');
  put(file, readFileSync(join(packaging, 'files/install.sh'), 'utf8').replace('@VERSION@', version), 0o755);
  return file;
}
