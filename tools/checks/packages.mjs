#!/usr/bin/env node
/**
 * Checks that every package that is published can be taken as it says: publint, and are-the-types-wrong; and that it brings
 * its README and licence, its sources within its source maps, and the types that its own mention.
 */
import { execFileSync } from 'node:child_process';
import { globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const bin = (name) => `node_modules/.bin/${name}`;
const TEXT = ['--format', 'ascii', '--no-emoji'];
const LICENSE = readFileSync('LICENSE', 'utf8');
/** What in declarations is TypeScript's only with the types of Node. */
const NODE_TYPES = /\bfrom 'node:|\bimport\("node:|\b(Buffer|AbortSignal)\b|\bNodeJS\./;
const COMMENTS = /\/\*[^]*?\*\/|\/\/.*/g;
let failed = false;
for (const path of globSync('libs/*/package.json').sort()) {
  const folder = dirname(path);
  const manifest = JSON.parse(readFileSync(path, 'utf8'));
  if (manifest.private) continue;
  for (const fault of faultsOf(folder, manifest)) {
    failed = true;
    console.error(`${folder}: ${fault}`);
  }
  for (const [tool, args] of [
    ['publint', ['--strict', folder]],
    // Packages are ES modules only; `require` of them works since Node 22.12.
    ['attw', ['--pack', folder, '--profile', 'esm-only', ...TEXT]],
    // Where TypeScript still resolves as for Node 10, it knows `main` and `types` only, so only the first entry point.
    ['attw', ['--pack', folder, '--entrypoints', '.', '--ignore-rules', 'cjs-resolves-to-esm', ...TEXT]],
  ]) {
    try {
      execFileSync(bin(tool), args, { stdio: 'pipe' });
    } catch (error) {
      failed = true;
      console.error(`${folder}: ${tool}\n${error.stdout}${error.stderr}`);
    }
  }
}

function* faultsOf(folder, { files, peerDependenciesMeta = {} }) {
  if (read(join(folder, 'LICENSE')) !== LICENSE) yield 'LICENSE is not a copy of the one above';
  if (!read(join(folder, 'README.md'))) yield 'it has no README.md';
  if (!files.includes('!**/*.d.ts.map')) yield 'maps of declarations would be packed, which lead nowhere';
  for (const source of globSync('**/*.ts', { cwd: join(folder, 'src') })) {
    const map = join(folder, 'dist', source.replace(/ts$/, 'js.map'));
    if (!JSON.parse(readFileSync(map, 'utf8')).sourcesContent?.every((text) => text))
      yield `${map} does not hold its sources`;
  }
  const declarations = globSync(join(folder, 'dist/**/*.d.ts'));
  const needsNode = declarations.some((file) => NODE_TYPES.test(read(file).replaceAll(COMMENTS, '')));
  if (needsNode && !peerDependenciesMeta['@types/node']?.optional)
    yield 'its types mention those of Node, so @types/node must be an optional peer';
}

function read(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

process.exitCode = failed ? 1 : 0;
