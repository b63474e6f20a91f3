import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/**
 * The licences of the packages that files come from, and Node's; passing the executable on means passing these on.
 *
 * @param {readonly string[]} inputs paths of files
 */
export function licensesOf(inputs) {
  const packages = new Set(inputs.map(packageOf).filter(Boolean));
  const texts = [...packages].sort().map((folder) => {
    const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
    const [file] = globSync('LICEN[CS]E*', { cwd: folder });
    return `${name} ${version} (${license})\n\n${file ? readFileSync(join(folder, file), 'utf8').trim() : ''}`;
  });
  const node = `Node.js ${process.version}\n\nhttps://github.com/nodejs/node/blob/${process.version}/LICENSE`;
  return `${[node, ...texts].join(`\n\n${'-'.repeat(80)}\n\n`)}\n`;
}

/** Folder of the package from elsewhere that a file belongs to; undefined for our own. */
function packageOf(path) {
  if (!path.includes('node_modules/')) return undefined;
  for (let folder = dirname(path); ; folder = dirname(folder)) {
    const file = join(folder, 'package.json');
    // Some packages have further ones inside, with nothing but a type.
    if (existsSync(file) && JSON.parse(readFileSync(file, 'utf8')).version) return folder;
  }
}
