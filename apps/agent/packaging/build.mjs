#!/usr/bin/env node
/**
 * Builds the agent as one file to install: `bundle/provision-agent`, which is Node with the agent inside, and
 * `bundle/THIRD-PARTY-LICENSES.txt`. Prints a line of JSON about it.
 *
 *   node packaging/build.mjs [--node <path>] [--strip <program>]
 *
 * --node   the node to put the agent into; default: the one that runs this. For a device with another processor, take
 *          the node of the same version for it. It must not be stripped of symbols beforehand in a way that loses notes.
 * --strip  removes symbols from it, 20 MB; default: strip. "none": leave them.
 */
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { build } from 'esbuild';
import { inject } from 'postject';
import { licensesOf } from './licenses.mjs';
import { tryOut } from './try-out.mjs';

const { values } = parseArgs({
  options: { node: { type: 'string' }, strip: { type: 'string', default: 'strip' } },
});
const isForeign = values.node !== undefined;
const agent = fileURLToPath(new URL('..', import.meta.url));
const folder = join(agent, 'bundle');
const executable = join(folder, 'provision-agent');
const { version } = JSON.parse(readFileSync(join(agent, 'package.json'), 'utf8'));

rmSync(folder, { recursive: true, force: true });
mkdirSync(folder, { recursive: true });
const work = mkdtempSync(join(tmpdir(), 'provision-agent-build-'));
try {
  const inputs = await bundle(join(work, 'agent.cjs'));
  const blob = await toBlob(join(work, 'agent.cjs'));
  copyFileSync(values.node ?? process.execPath, executable);
  // Before the agent is in it: strip would take that away, too.
  if (values.strip !== 'none') execFileSync(values.strip, ['--strip-all', executable], { stdio: 'inherit' });
  chmodSync(executable, 0o755);
  await inject(executable, 'NODE_SEA_BLOB', blob, {
    sentinelFuse: 'NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2',
  });
  writeFileSync(join(folder, 'THIRD-PARTY-LICENSES.txt'), licensesOf(inputs));
} finally {
  rmSync(work, { recursive: true, force: true });
}
if (!isForeign) tryOut(executable, version);
const executableMb = Number((statSync(executable).size / 1e6).toFixed(1));
console.log(JSON.stringify({ executable, version, node: process.version, executableMb, tried: !isForeign }));

/** @returns paths of what went into it */
async function bundle(outfile) {
  const { metafile } = await build({
    entryPoints: [join(agent, 'src/main.ts')],
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: `node${process.versions.node}`,
    conditions: ['@org/source'],
    // What is loaded late stays so, as functions: there is no loader in a single executable.
    supported: { 'dynamic-import': false },
    minifySyntax: true,
    minifyWhitespace: true,
    legalComments: 'none',
    metafile: true,
    logLevel: 'error',
    outfile,
  });
  return Object.keys(metafile.inputs);
}

async function toBlob(main) {
  const config = join(work, 'sea.json');
  const output = join(work, 'agent.blob');
  // Compiled code is for one kind of processor, and saves a third of the time to start.
  const sea = { main, output, disableExperimentalSEAWarning: true, useCodeCache: !isForeign };
  writeFileSync(config, JSON.stringify(sea));
  execFileSync(process.execPath, ['--experimental-sea-config', config], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  return readFileSync(output);
}
