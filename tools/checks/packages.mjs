#!/usr/bin/env node
/** Checks that every package that is published can be taken as it says: publint, and are-the-types-wrong. */
import { execFileSync } from 'node:child_process';
import { globSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';

const bin = (name) => `node_modules/.bin/${name}`;
const TEXT = ['--format', 'ascii', '--no-emoji'];
let failed = false;
for (const path of globSync('libs/*/package.json').sort()) {
  const folder = dirname(path);
  if (JSON.parse(readFileSync(path, 'utf8')).private) continue;
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
process.exitCode = failed ? 1 : 0;
