#!/usr/bin/env node
/**
 * Keeps TypeScript's project references in step with package.json: what a package needs to run is referenced
 * by its tsconfig.lib.json, what only its tests need by its tsconfig.spec.json. (Nx's own generator does not
 * tell the two apart, and would have every library built after the emulator that its tests talk to.)
 *
 * Writes what differs; with --check it changes nothing and exits 1.
 */
import { existsSync, globSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as prettier from 'prettier';

const root = fileURLToPath(new URL('../..', import.meta.url));
const json = (path) => JSON.parse(readFileSync(path, 'utf8'));
const packages = new Map(
  globSync('{apps,libs,tools}/*/package.json', { cwd: root })
    .filter((path) => existsSync(join(root, dirname(path), 'tsconfig.json')))
    .map((path) => [
      json(join(root, path)).name,
      { folder: join(root, dirname(path)), manifest: json(join(root, path)) },
    ]),
);
const stale = [];

const folders = [...packages.values()].map(({ folder }) => folder).sort();
await bring(join(root, 'tsconfig.json'), folders);
for (const { folder, manifest } of packages.values()) {
  const of = (dependencies = {}) =>
    Object.keys(dependencies)
      .filter((name) => packages.has(name))
      .map((name) => join(packages.get(name).folder, 'tsconfig.lib.json'))
      .sort();
  const runtime = of(manifest.dependencies);
  await bring(join(folder, 'tsconfig.lib.json'), runtime);
  const forTests = of({ ...manifest.devDependencies, ...manifest.dependencies });
  await bring(join(folder, 'tsconfig.spec.json'), [join(folder, 'tsconfig.lib.json'), ...forTests]);
}

if (process.argv.includes('--check')) {
  for (const file of stale)
    console.error(`${relative(root, file)}: references differ from package.json: npm run references`);
  process.exitCode = stale.length > 0 ? 1 : 0;
}

async function bring(file, targets) {
  if (!existsSync(file)) return;
  const config = json(file);
  const references = targets.map((target) => {
    const path = relative(dirname(file), target);
    return { path: path.startsWith('.') ? path : `./${path}` };
  });
  if (JSON.stringify(config.references ?? []) === JSON.stringify(references)) return;
  stale.push(file);
  if (process.argv.includes('--check')) return;
  const options = await prettier.resolveConfig(file);
  const text = JSON.stringify({ ...config, references }, null, 2);
  writeFileSync(file, await prettier.format(text, { ...options, filepath: file }));
}
