#!/usr/bin/env node
/**
 * Compiles what runs, for a first try: every source whose output in `dist` is missing or older. Types are left to
 * `nx build`, which takes the place of all of it.
 */
import { copyFileSync, globSync, mkdirSync, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { transformFileSync } from '@swc/core';

process.chdir(fileURLToPath(new URL('..', import.meta.url)));
for (const source of globSync('{libs,apps,tools}/*/src/**/*.{ts,json}')) {
  const output = source.replace('/src/', '/dist/').replace(/\.ts$/, '.js');
  if (changed(output) >= changed(source)) continue;
  mkdirSync(dirname(output), { recursive: true });
  if (source.endsWith('.json')) copyFileSync(source, output);
  else writeFileSync(output, transformFileSync(source, { configFile: '.swcrc' }).code);
}

/** @returns 0 where there is none */
function changed(path) {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}
