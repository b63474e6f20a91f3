#!/usr/bin/env node
/**
 * Releases the public packages: one version for all of them, the changelog, a commit and a tag, and the registry. Commits of
 * this repository name what they touch (`scope: what`) and no kind of change, so a person says the version, and the
 * changelog is written by hand, below "Unreleased".
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const HELP = `Usage: npm run release -- VERSION [options]

Sets VERSION everywhere, moves "Unreleased" of CHANGELOG.md below it, commits, builds, checks every public package, tags
the commit v<VERSION>, and publishes. Run again after a failure, it goes on where it stopped: commit and tag are kept, and what the
registry has is left out. Nothing is pushed.

Options:
  --registry URL   where to publish; default: as npm is set up
  --dry-run        up to publishing: says what would be published, and keeps no commit and no tag
  --help           print this

Publishing with provenance is on where a CI provider vouches for the run (GitHub Actions, GitLab), and off elsewhere, as
npm cannot sign one there. The token for the registry comes from npm's own settings.

Exit codes:
  0    done
  1    failed; the message says why
  2    the command line is wrong
`;

process.chdir(fileURLToPath(new URL('..', import.meta.url)));
const { version, registry, dryRun } = readCommandLine();
const tag = `v${version}`;
if (git('status', '--porcelain') !== '') fail('the work tree has changes: commit them first');
const before = git('rev-parse', 'HEAD');
const tagged = git('tag', '--points-at', 'HEAD').split('\n').includes(tag);
const committed = git('log', '-1', '--format=%s') === `release: ${version}`;
if (!committed) prepare();
say('building');
run('npx', 'tsc', '-b');
run('node', 'tools/provision-mock/bundle.mjs');
// The tag says that this commit was checked.
if (!tagged) {
  say('checking');
  run('node', 'tools/checks/packages.mjs');
  run('git', 'tag', tag);
}
publishAll();
if (dryRun && git('rev-parse', 'HEAD') !== before) undo();

function readCommandLine() {
  let read;
  try {
    read = parseArgs({
      allowPositionals: true,
      options: { registry: { type: 'string' }, 'dry-run': { type: 'boolean' }, help: { type: 'boolean' } },
    });
  } catch ({ message }) {
    fail(message, 2);
  }
  if (read.values.help) {
    process.stdout.write(HELP);
    process.exit(0);
  }
  const [version, ...more] = read.positionals;
  if (more.length > 0 || !/^\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?$/.test(version ?? ''))
    fail('say one version, such as 0.2.0; see npm run release -- --help', 2);
  return { version, registry: read.values.registry, dryRun: read.values['dry-run'] === true };
}

/** Version, changelog, commit. */
function prepare() {
  if (git('tag', '--list', tag) !== '') fail(`${tag} exists, on another commit: take a new version`);
  say(`setting version ${version}`);
  run(
    'npx',
    'nx',
    'release',
    'version',
    version,
    ...['commit', 'tag'].map((it) => `--git-${it}=false`),
    '--stage-changes=false',
  );
  run('node', 'tools/checks/complete-lock.mjs');
  const changelog = readFileSync('CHANGELOG.md', 'utf8');
  const [head, unreleased] = changelog.split(/(?<=^## Unreleased\n)/m);
  if (!unreleased?.split(/^## /m)[0].trim()) {
    run('git', 'checkout', '--quiet', '.');
    fail('CHANGELOG.md has nothing below "Unreleased": say what changed');
  }
  const today = new Date().toISOString().slice(0, 10);
  writeFileSync('CHANGELOG.md', `${head}\n## ${version} (${today})\n${unreleased}`);
  run('git', 'commit', '--quiet', '--all', '--message', `release: ${version}`);
}

/** Of a dry run. */
function undo() {
  run('git', 'tag', '--delete', tag);
  run('git', 'reset', '--quiet', '--hard', before);
}

function publishAll() {
  const provenance = ['ACTIONS_ID_TOKEN_REQUEST_URL', 'SIGSTORE_ID_TOKEN'].some((name) => process.env[name]);
  if (!provenance) say('without provenance: no CI provider vouches for this run');
  for (const folder of publicPackages()) {
    const { name } = manifestOf(folder);
    for (const file of ['README.md', 'LICENSE'])
      if (!existsSync(join(folder, file))) fail(`${folder} has no ${file}`);
    if (isPublished(name)) say(`${name}@${version} is in the registry already`);
    else publish(folder, name, provenance);
  }
}

function publish(folder, name, provenance) {
  const packed = mkdtempSync(join(tmpdir(), 'provision-release-'));
  try {
    const options = [...(registry ? ['--registry', registry] : []), ...(dryRun ? ['--dry-run'] : [])];
    // Without our own tag npm refuses to publish a prerelease as what everybody gets.
    const channel = ['--tag', version.includes('-') ? 'next' : 'latest'];
    run('npm', 'pack', `./${folder}`, '--pack-destination', packed, '--ignore-scripts', '--no-json');
    const [file] = globSync('*.tgz', { cwd: packed });
    run(
      'npm',
      'publish',
      join(packed, file),
      '--access',
      'public',
      ...channel,
      ...options,
      ...(provenance ? ['--provenance'] : []),
    );
    say(`${dryRun ? 'would publish' : 'published'} ${name}@${version}`);
  } finally {
    rmSync(packed, { recursive: true });
  }
}

/** Whatever the registry answers else than "not there" is an error, not a reason to publish. */
function isPublished(name) {
  const args = [
    'view',
    `${name}@${version}`,
    'version',
    '--no-json',
    // npm run -s silences every npm below it, and this one's error says what is meant.
    '--loglevel=error',
    ...(registry ? ['--registry', registry] : []),
  ];
  const { status, stdout, stderr } = spawnSync('npm', args, { encoding: 'utf8' });
  if (status === 0) return stdout.trim() === version;
  if (!/E404/.test(stderr)) fail(`the registry cannot be asked for ${name}: ${stderr.trim()}`);
  return false;
}

/** Folders, each after those that it depends on, so that nothing is to be had whose dependencies are not. */
function publicPackages() {
  const folders = globSync('libs/*/package.json').sort().map(dirname).concat('tools/provision-mock/bundle');
  const byName = new Map(
    folders.map((it) => [manifestOf(it).name, it]).filter(([, it]) => !manifestOf(it).private),
  );
  const ordered = new Set();
  const add = (folder) => {
    for (const name of Object.keys(manifestOf(folder).dependencies ?? {}))
      if (byName.has(name)) add(byName.get(name));
    ordered.add(folder);
  };
  byName.values().forEach(add);
  return ordered;
}

function manifestOf(folder) {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
}

function git(...args) {
  return execFileSync('git', args, { encoding: 'utf8' }).trim();
}

/** What it says is shown only when it fails. */
function run(program, ...args) {
  const { status, stdout, stderr } = spawnSync(program, args, { encoding: 'utf8' });
  if (status !== 0) fail(`${program} ${args.join(' ')} failed:\n${stdout}${stderr}`);
}

function say(text) {
  console.log(text);
}

function fail(text, code = 1) {
  console.error(`error: ${text}`);
  process.exit(code);
}
