#!/usr/bin/env node
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { makeArchive, makeInstaller } from './archive.mjs';
import { makeDeb } from './deb.mjs';
import { TARGETS, nodeFor } from './nodes.mjs';
import { sign, writeSums } from './sign.mjs';
import { packaging } from './tree.mjs';

const HELP = `usage: npm run package -w @org/provision-agent -- [--target <names>] [--out <folder>] [--version <version>] [--fast]

Makes a release of the agent, in apps/agent/release/: for each target a Debian package and an archive, for all of them
install.sh and SHA256SUMS, signed as SHA256SUMS.minisig. Prints a line of JSON with what it made.

--target <names>      of ${TARGETS.join(', ')}, with commas between; default x64,arm64
--out <folder>        another folder; what is in it is removed
--version <version>   another version of the packages than package.json's, for tests of upgrades
--fast                compress little, for tests

Environment:
PROVISION_SIGNING_KEY        minisign's secret key; without this or the next, nothing is signed, and a warning says so
PROVISION_SIGNING_KEY_FILE   a file with it
PROVISION_SIGNING_PASSWORD   its password; default: it has none
SOURCE_DATE_EPOCH            time of the files in seconds; default: that of the commit. The same commit gives the same files

Needs dpkg-deb, tar, xz and strip, for another processor also its strip (binutils-aarch64-linux-gnu; without it, the
symbols stay, 16 MB), and minisign for signing. Nodes for other targets come from npm, checked by nodes.json.`;

const GNU = { x64: 'x86_64', arm64: 'aarch64' };

const { values } = parseArgs({
  options: {
    target: { type: 'string', default: 'x64,arm64' },
    out: { type: 'string', default: join(packaging, '../release') },
    version: { type: 'string' },
    fast: { type: 'boolean', default: false },
    help: { type: 'boolean', short: 'h', default: false },
  },
});
if (values.help) {
  console.log(HELP);
  process.exit(0);
}
const targets = values.target.split(',');
const unknown = targets.find((target) => !TARGETS.includes(target));
if (unknown !== undefined) giveUp(`--target ${unknown}: wanted ${TARGETS.join(', ')}`);

const out = resolve(values.out);
const version =
  values.version ?? JSON.parse(readFileSync(join(packaging, '../package.json'), 'utf8')).version;
const time = Number(
  process.env.SOURCE_DATE_EPOCH ?? output('git', '-C', packaging, 'log', '-1', '--format=%ct'),
);
rmSync(out, { recursive: true, force: true });
mkdirSync(out, { recursive: true });
const files = targets.flatMap(release);
files.push(makeInstaller({ version, out }));
const sums = writeSums({ out, files });
const signature = sign(sums, { comment: `provision-agent ${version}` });
if (signature === undefined)
  console.error('warning: NOT SIGNED: PROVISION_SIGNING_KEY and PROVISION_SIGNING_KEY_FILE are not set.');
const mb = (file) => Math.round(statSync(file).size / 1e5) / 10;
const made = Object.fromEntries(files.map((file) => [basename(file), mb(file)]));
console.log(JSON.stringify({ out, version, signed: signature !== undefined, mb: made }));

/** @returns paths of what was made for a target */
function release(target) {
  const bundle = mkdtempSync(join(tmpdir(), 'provision-agent-release-'));
  try {
    buildInto(bundle, target);
    const common = { bundle, target, version, out, time, compression: values.fast ? 1 : 6 };
    return [makeDeb(common), makeArchive(common)];
  } finally {
    rmSync(bundle, { recursive: true, force: true });
  }
}

function buildInto(bundle, target) {
  const node = nodeFor(target);
  const foreign = node === process.execPath ? [] : ['--node', node, '--strip', stripFor(target)];
  output(process.execPath, join(packaging, 'build.mjs'), '--out', bundle, ...foreign);
}

function stripFor(target) {
  const strip = target.startsWith(process.arch) ? 'strip' : `${GNU[target]}-linux-gnu-strip`;
  try {
    output(strip, '--version');
    return strip;
  } catch {
    console.error(
      `warning: ${strip} is missing: the symbols stay in the agent for ${target}, which are 16 MB.`,
    );
    return 'none';
  }
}

function output(file, ...args) {
  return execFileSync(file, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] }).trim();
}

function giveUp(sentence) {
  console.error(`error: ${sentence}`);
  process.exit(2);
}
