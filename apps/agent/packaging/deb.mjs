import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { globSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { layOut, packaging, put } from './tree.mjs';

const ARCHITECTURES = { x64: 'amd64', arm64: 'arm64' };

/**
 * Packs a bundle for Debian and what comes from it; needs dpkg-deb.
 *
 * @returns path of the package
 */
export function makeDeb({ bundle, target, version, out, time, compression }) {
  const architecture = ARCHITECTURES[target];
  const root = mkdtempSync(join(tmpdir(), 'provision-agent-deb-'));
  try {
    layOut({ root, bundle, prefix: '/usr' });
    documentation({ root, bundle, version, time });
    control({ root, version, architecture });
    const file = join(out, `provision-agent_${version}_${architecture}.deb`);
    const env = { ...process.env, SOURCE_DATE_EPOCH: String(time) };
    // A decompressor needs 9 MB of memory for this, and 65 MB for level 9, which saves 2 %.
    const args = ['-Zxz', `-z${compression}`, '--root-owner-group', '--build', root, file];
    execFileSync('dpkg-deb', args, { env, stdio: ['ignore', 'ignore', 'inherit'] });
    return file;
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

function documentation({ root, bundle, version, time }) {
  const folder = join(root, 'usr/share/doc/provision-agent');
  const licenses = readFileSync(join(bundle, 'THIRD-PARTY-LICENSES.txt'));
  put(join(folder, 'THIRD-PARTY-LICENSES.txt.gz'), gzipSync(licenses, { level: 9 }), 0o644);
  put(join(folder, 'copyright'), readFileSync(join(packaging, 'files/debian/copyright')), 0o644);
  const date = new Date(time * 1000).toUTCString().replace('GMT', '+0000');
  const changelog = `provision-agent (${version}) stable; urgency=medium\n\n  * See CHANGELOG.md of the release.\n\n -- Provision <provision@localhost>  ${date}\n`;
  put(join(folder, 'changelog.gz'), gzipSync(changelog, { level: 9 }), 0o644);
}

function control({ root, version, architecture }) {
  const files = globSync('**/*', { cwd: root }).filter((path) => statSync(join(root, path)).isFile());
  const installed = files.filter((path) => !path.startsWith('etc/')).sort();
  const bytes = files.reduce((sum, path) => sum + statSync(join(root, path)).size, 0);
  const text = readFileSync(join(packaging, 'files/debian/control'), 'utf8')
    .replace('@VERSION@', version)
    .replace('@ARCHITECTURE@', architecture)
    .replace('@SIZE@', String(Math.ceil(bytes / 1024)));
  const folder = join(root, 'DEBIAN');
  put(join(folder, 'control'), text, 0o644);
  put(join(folder, 'conffiles'), '/etc/default/provision-agent\n', 0o644);
  const md5 = (path) =>
    createHash('md5')
      .update(readFileSync(join(root, path)))
      .digest('hex');
  put(join(folder, 'md5sums'), installed.map((path) => `${md5(path)}  ${path}\n`).join(''), 0o644);
  for (const name of ['postinst', 'prerm', 'postrm'])
    put(join(folder, name), readFileSync(join(packaging, 'files/debian', name)), 0o755);
}
