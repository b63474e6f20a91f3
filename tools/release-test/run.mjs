#!/usr/bin/env node
/**
 * Releases a clone of the last commit to a registry of its own, and uses what it gets from there as a backend team would: ES
 * modules, require, TypeScript, Bun, Deno. Complete on a new machine after `npm ci`.
 *   npm run test:packages
 */
import assert from 'node:assert/strict';
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const VERSION = '99.0.0-test.1';
const root = fileURLToPath(new URL('../..', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'provision-packages-'));
const children = [];
process.on('exit', () => {
  for (const child of children) child.kill();
  rmSync(folder, { recursive: true, force: true });
});

const registry = await startRegistry();
const clone = cloneOf(root);
say('release');
const release = (...args) =>
  spawnSync('npm', ['run', '-s', 'release', '--', ...args, '--registry', registry], {
    cwd: clone,
    encoding: 'utf8',
  });
const first = release(VERSION);
assert.equal(first.status, 0, first.stdout + first.stderr);
// The registry loses one, as if the first had ended in the middle; the same command brings the rest.
execFileSync('npm', ['unpublish', '--force', `@org/provision-sdk@${VERSION}`, '--registry', registry], {
  cwd: clone,
  stdio: 'pipe',
});
const dry = release(VERSION, '--dry-run');
assert.match(dry.stdout, /would publish @org\/provision-sdk@99/, dry.stderr);
const again = release(VERSION);
assert.equal(again.status, 0, again.stdout + again.stderr);
assert.match(again.stdout, /@org\/domain@99.* is in the registry already/);
assert.match(again.stdout, /published @org\/provision-sdk@99/);
writeFileSync(join(clone, 'stray.txt'), '');
assert.match(release('99.0.1').stderr, /the work tree has changes/);

say('install');
const project = join(folder, 'project');
mkdirSync(project);
writeFileSync(join(project, '.npmrc'), `@org:registry=${registry}\n`);
writeFileSync(join(project, 'package.json'), '{ "name": "project", "private": true }');
npm(
  'install',
  `@org/provision-sdk@${VERSION}`,
  `@org/provision-mock@${VERSION}`,
  'typescript@6.0.3',
  '@types/node@24',
  'bun@1.3.3',
  'deno@2.5.6',
);

const USE = `
const mock = await startProvision();
const provision = createProvisionClient({ baseUrl: mock.url, token: mock.tokens.administrator });
const gateway = await provision.provision({ domainId: mock.domainId, name: 'a', externalId: 'x', externalKey: 'secret' });
console.log(gateway.clients.length > 0 && mock.contents().configurations.length === 1);
await mock.close();`;
const IMPORTS = `import { startProvision } from '@org/provision-mock';
import { createProvisionClient } from '@org/provision-sdk';`;
const REQUIRES = IMPORTS.replaceAll(/import (.*) from (.*);/g, 'const $1 = require($2);');

say('ES modules, require');
file('use.mjs', `${IMPORTS}\n${USE}`);
assert.equal(program('node', 'use.mjs'), 'true\n');
file('use.cjs', `${REQUIRES}\n(async () => {${USE}\n})();`);
assert.equal(program('node', 'use.cjs'), 'true\n');

say('TypeScript');
file('use.mts', `${IMPORTS}\n${USE}\nconst wrong: number = mock.url;\n`);
for (const [module, resolution] of [
  ['node16', 'node16'],
  ['nodenext', 'nodenext'],
  ['esnext', 'bundler'],
]) {
  const options = [
    '--noEmit',
    '--strict',
    '--target',
    'es2022',
    '--lib',
    'esnext',
    '--types',
    'node',
    '--module',
    module,
    '--moduleResolution',
    resolution,
  ];
  const { stdout } = spawnSync('node_modules/.bin/tsc', [...options, 'use.mts'], {
    cwd: project,
    encoding: 'utf8',
  });
  // The one mistake is found, so the types are there; nothing else is.
  assert.match(
    stdout,
    /^use\.mts\(\d+,\d+\): error TS2322: Type 'string' is not assignable to type 'number'\.\n$/,
    module,
  );
}

say('Bun, Deno');
file(
  'serve.mjs',
  `${IMPORTS.split('\n')[0]}
const mock = await startProvision();
console.log(JSON.stringify({ url: mock.url, token: mock.tokens.administrator, domainId: mock.domainId }));
process.stdin.resume().on('end', () => mock.close());`,
);
const served = spawn('node', ['serve.mjs'], { cwd: project, stdio: ['pipe', 'pipe', 'inherit'] });
children.push(served);
const [line] = await once(served.stdout.setEncoding('utf8'), 'data');
const at = JSON.parse(line);
for (const runtime of [
  ['node_modules/.bin/bun', 'run'],
  ['node_modules/.bin/deno', 'run', '--allow-all', '--node-modules-dir=manual'],
]) {
  file(
    'client.mjs',
    `${IMPORTS.split('\n')[1]}
const provision = createProvisionClient({ baseUrl: '${at.url}', token: '${at.token}' });
const name = '${runtime[0]}'.split('/').at(-1);
const { clients } = await provision.provision({ domainId: '${at.domainId}', name, externalId: name, externalKey: 'secret' });
console.log(clients.length > 0);`,
  );
  assert.equal(program(...runtime, 'client.mjs'), 'true\n', runtime[0]);
}
served.stdin.end();
say('all of it works');
// The registry would go on.
process.exit(0);

async function startRegistry() {
  say('registry');
  const home = join(folder, 'registry');
  mkdirSync(home);
  // Without the override npm looks for a tag of node-fetch that is no version.
  writeFileSync(join(home, 'package.json'), '{ "private": true, "overrides": { "node-fetch": "2.7.0" } }');
  execFileSync('npm', ['install', '--no-audit', 'verdaccio@6.10.4'], { cwd: home, stdio: 'pipe' });
  writeFileSync(
    join(home, 'config.yaml'),
    `storage: ${home}/storage
auth: { htpasswd: { file: ${home}/htpasswd } }
packages: { '**': { access: $all, publish: $all, unpublish: $all } }
max_body_size: 50mb
log: { type: stdout, level: error }
`,
  );
  const port = await freePort();
  const server = spawn(
    'node_modules/.bin/verdaccio',
    ['--config', 'config.yaml', '--listen', `127.0.0.1:${port}`],
    { cwd: home, stdio: 'inherit' },
  );
  children.push(server);
  const url = `http://127.0.0.1:${port}/`;
  for (;;) {
    if (server.exitCode !== null) throw new Error('the registry does not start');
    if (
      await fetch(`${url}-/ping`).then(
        ({ ok }) => ok,
        () => false,
      )
    )
      return url;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** With the packages of this clone, linked. */
function cloneOf(source) {
  say('clone');
  const target = join(folder, 'clone');
  execFileSync('git', ['clone', '--quiet', source, target]);
  const git = (...args) => execFileSync('git', args, { cwd: target, encoding: 'utf8' });
  git('config', 'user.name', 'test');
  git('config', 'user.email', 'test@example.com');
  for (const path of ['package.json', ...git('ls-files', '*/package.json').trim().split('\n')]) {
    const modules = path.replace(/package\.json$/, 'node_modules');
    spawnSync('cp', ['-al', join(source, modules), join(target, modules)]);
  }
  // Any registry wants some token.
  writeFileSync(join(target, '.npmrc'), `json=true\nloglevel=error\n`);
  writeFileSync(join(folder, 'npmrc'), `//${new URL(registry).host}/:_authToken=test\n`);
  process.env.npm_config_globalconfig = join(folder, 'npmrc');
  git('commit', '--quiet', '--all', '--allow-empty', '--message', 'test: begin');
  return target;
}

function freePort() {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

function npm(...args) {
  execFileSync('npm', [...args, '--no-audit', '--no-fund', '--no-json'], {
    cwd: project,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
}

function program(command, ...args) {
  return execFileSync(command, args, { cwd: project, encoding: 'utf8', timeout: 120_000 });
}

function file(name, text) {
  writeFileSync(join(project, name), text);
}

function say(text) {
  console.log(`== ${text}`);
}
