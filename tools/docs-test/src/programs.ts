import { globSync, readFileSync } from 'node:fs';
import { chmod, mkdir, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/**
 * What pages call by name: the programs of our packages, as `npm install` would link them, and npm and npx, which
 * take what has been done before this test (installing, building) and refuse everything else.
 *
 * @returns the folder
 */
export async function writePrograms(folder: string, root: string): Promise<string> {
  await mkdir(folder);
  for (const manifest of globSync('{apps,tools}/*/package.json', { cwd: root })) {
    const { bin = {} } = JSON.parse(readFileSync(join(root, manifest), 'utf8')) as Manifest;
    for (const [name, file] of Object.entries(bin))
      await write(join(folder, name), `exec node ${join(root, dirname(manifest), file)} "$@"`);
  }
  await write(join(folder, 'npm'), '[ "$*" = ci ] || { echo "npm $*: not run here" >&2; exit 1; }');
  await write(join(folder, 'npx'), NPX);
  // The version that the repository brings, whatever the machine has.
  await symlink(process.execPath, join(folder, 'node'));
  return folder;
}

interface Manifest {
  readonly bin?: Readonly<Record<string, string>>;
}

/** `nx build PACKAGE`, `nx run-many -t build -p PACKAGE…`: the packages have to be there and built. */
const NPX = `
case "$*" in
  'nx build '*) shift 2 ;;
  'nx run-many -t build -p '*) shift 5 ;;
  *) echo "npx $*: not run here" >&2; exit 1 ;;
esac
for package in "$@"; do
  test -d "node_modules/$package/dist" || { echo "$package is not built" >&2; exit 1; }
done`;

async function write(path: string, commands: string): Promise<void> {
  await writeFile(path, `#!/bin/sh\n${commands}\n`);
  await chmod(path, 0o755);
}
