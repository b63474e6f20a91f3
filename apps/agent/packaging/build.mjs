#!/usr/bin/env node
/**
 * Builds the agent as one file to install, in `bundle/`: `provision-agent`, which is Node with the agent inside. Beside
 * it the licences that have to be passed on with it, and the source map that makes the stack of a defect readable.
 * Prints a line of JSON about it.
 *
 *   node packaging/build.mjs [--node <path>] [--strip <program>] [--out <folder>]
 *
 * --node   the node to put the agent into; default: the one that runs this. For a device with another processor, take
 *          the node of the same version for that, and a strip that knows it.
 * --strip  what removes the symbols, 16 MB; "none": they stay. Default: strip, or none for a node that was named, as it may
 *          be for a processor that strip does not know.
 * --out    another folder than bundle; what is in it is removed.
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
import { licensesOf } from './licenses.mjs';
import { tryOut } from './try-out.mjs';

const { values } = parseArgs({
  options: {
    node: { type: 'string' },
    strip: { type: 'string' },
    out: { type: 'string' },
  },
});
const isForeign = values.node !== undefined;
const node = values.node ?? process.execPath;
const strip = values.strip ?? (isForeign ? 'none' : 'strip');
/** A young generation of 16 MB, as servers like it, would be memory that an idle agent keeps. */
const V8_FLAGS = ['--max-semi-space-size=1'];
const FUSE = 'NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2';

const agent = fileURLToPath(new URL('..', import.meta.url));
const folder = values.out ?? join(agent, 'bundle');
const executable = join(folder, 'provision-agent');
const { version } = JSON.parse(readFileSync(join(agent, 'package.json'), 'utf8'));

const problem = problemWith(node);
if (problem !== undefined) giveUp(problem);
rmSync(folder, { recursive: true, force: true });
mkdirSync(folder, { recursive: true });
const work = mkdtempSync(join(tmpdir(), 'provision-agent-build-'));
process.on('exit', () => rmSync(work, { recursive: true, force: true }));
const main = join(work, 'provision-agent.cjs');
const inputs = await bundle(main);
const blob = toBlob(main);
copyFileSync(node, executable);
// Before the agent is put in: strip would take it away again.
if (strip !== 'none') stripSymbols();
chmodSync(executable, 0o755);
const postject = fileURLToPath(import.meta.resolve('postject/dist/cli.js'));
run(process.execPath, postject, executable, 'NODE_SEA_BLOB', blob, '--sentinel-fuse', FUSE);
copyFileSync(`${main}.map`, `${executable}.cjs.map`);
writeFileSync(join(folder, 'THIRD-PARTY-LICENSES.txt'), licensesOf(inputs));
if (!isForeign) tryOut(executable, version);
const executableMb = Math.round(statSync(executable).size / 1e5) / 10;
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
    // What is loaded late stays so, as functions: a single executable has no loader.
    supported: { 'dynamic-import': false },
    // The whole text is kept in memory.
    minify: true,
    legalComments: 'none',
    sourcemap: 'external',
    sourcesContent: false,
    metafile: true,
    logLevel: 'error',
    outfile,
  });
  const inputs = Object.keys(metafile.inputs);
  // A device holds keys of its own and no authority: code that issues has no business there.
  const issuing = inputs.filter((path) => path.includes('libs/pki/'));
  if (issuing.length > 0)
    throw new Error(`the agent would hold code of the authority: ${issuing.join(', ')}`);
  return inputs;
}

/** @returns path of what node finds in itself when it starts */
function toBlob(main) {
  const config = join(work, 'sea.json');
  const output = join(work, 'provision-agent.blob');
  const sea = {
    main,
    output,
    disableExperimentalSEAWarning: true,
    // Compiled code is for one kind of processor, and one set of flags; it saves a third of the time to start.
    useCodeCache: !isForeign,
    execArgv: V8_FLAGS,
    // NODE_OPTIONS is for developers' programs: on a device it could load code into the agent, or open a debugger.
    execArgvExtension: 'none',
  };
  writeFileSync(config, JSON.stringify(sea));
  run(process.execPath, ...V8_FLAGS, '--experimental-sea-config', config);
  return output;
}

/** @returns why the agent cannot be put into it, in a sentence; undefined when it can */
function problemWith(path) {
  let bytes;
  try {
    bytes = readFileSync(path);
  } catch ({ code }) {
    return `--node ${path}: this file cannot be read (${code}).`;
  }
  if (!bytes.includes(FUSE)) return `--node ${path}: this is no node that an application can be put into.`;
  if (bytes.includes(process.version)) return undefined;
  return `--node ${path}: this is not node ${process.version}, which builds the agent; take the same version.`;
}

function stripSymbols() {
  try {
    run(strip, '--strip-all', executable);
  } catch (error) {
    const why = error.code ?? String(error.stderr).trim();
    giveUp(
      `${strip} cannot remove the symbols from ${node}: ${why}. Name one that can with --strip, or --strip none.`,
    );
  }
}

function giveUp(sentence) {
  console.error(`error: ${sentence}`);
  process.exit(1);
}

/** What it says is shown only when it fails. */
function run(file, ...args) {
  execFileSync(file, args, { stdio: ['ignore', 'ignore', 'pipe'] });
}
