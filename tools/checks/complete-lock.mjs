#!/usr/bin/env node
/**
 * Adds to package-lock.json the optional packages of other platforms that npm left out because they could not be fetched
 * while locking, as `npm ci` refuses a lock without them; and, to every package, the digest that the registry has of it, as
 * without one whatever is downloaded under its name would do. Run it after each change of dependencies:
 *
 *   npm install && npm run lock
 *
 * With --check it changes nothing, asks no one, and exits 1 when something is missing.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';

const LOCK = new URL('../../package-lock.json', import.meta.url);
const SYSTEMS = [
  'android',
  'darwin',
  'freebsd',
  'linux',
  'openharmony',
  'win32',
  'aix',
  'netbsd',
  'openbsd',
  'sunos',
];
const PROCESSORS = [
  'arm64',
  'arm',
  'armv7',
  'ia32',
  'loong64',
  'mips64el',
  'ppc64',
  'riscv64',
  's390x',
  'x64',
  'wasm32',
];
const LIBCS = { gnu: 'glibc', gnueabihf: 'glibc', musl: 'musl', musleabihf: 'musl' };

const lock = JSON.parse(readFileSync(LOCK, 'utf8'));
const missing = Object.entries(lock.packages).flatMap(([path, { optionalDependencies = {} }]) =>
  Object.entries(optionalDependencies)
    .filter(([name]) => !isLocked(name, path))
    .map(([name, version]) => ({ name, version })),
);

for (const { name, version } of missing)
  lock.packages[`node_modules/${name}`] = { ...entryFor(name), version };
lock.packages = Object.fromEntries(Object.entries(lock.packages).sort(([a], [b]) => (a < b ? -1 : 1)));

/** Packages of the registry; those of this repository are links, and bundled ones come with another's digest. */
const unverified = Object.entries(lock.packages).filter(
  ([path, { link, inBundle, integrity }]) =>
    path.includes('node_modules/') && !link && !inBundle && !integrity,
);

if (process.argv.includes('--check')) {
  for (const { name } of missing) console.error(`package-lock.json lacks ${name}: npm run lock`);
  for (const [path] of unverified) console.error(`package-lock.json has no digest of ${path}: npm run lock`);
  process.exitCode = unverified.length > 0 ? 1 : 0;
} else if (unverified.length > 0) {
  for (const [path, { version, ...rest }] of unverified)
    lock.packages[path] = { version, integrity: digestOf(path, { version, ...rest }), ...rest };
  writeFileSync(LOCK, `${JSON.stringify(lock, null, 2)}\n`);
  console.error(
    `package-lock.json: added ${missing.length} optional packages of other platforms, and ${unverified.length} digests`,
  );
}

/** Of the tarball, as the registry tells it; SHA-512. */
function digestOf(path, { name = path.split('node_modules/').at(-1), version }) {
  const told = execFileSync('npm', ['view', `${name}@${version}`, 'dist.integrity', '--json'], {
    encoding: 'utf8',
  });
  const digest = JSON.parse(told);
  if (typeof digest === 'string' && digest.startsWith('sha512-')) return digest;
  throw new Error(`the registry tells no SHA-512 of ${name}@${version}`);
}

/** Beside who wants it, or in any folder above. */
function isLocked(name, wanter) {
  const parts = wanter.split('/node_modules/');
  const folders = parts.map((_, depth) => parts.slice(0, depth + 1).join('/node_modules/'));
  return ['', ...folders.map((folder) => `${folder}/`)].some(
    (folder) => lock.packages[`${folder}node_modules/${name}`],
  );
}

/** What a platform package runs on is in its name. */
function entryFor(name) {
  const words = name.replace(/^@[^/]+\//, '').split('-');
  const os = SYSTEMS.filter((it) => words.includes(it));
  const cpu = PROCESSORS.filter((it) => words.includes(it)).map((it) => (it === 'armv7' ? 'arm' : it));
  const libc = words.map((word) => LIBCS[word]).filter(Boolean);
  return {
    optional: true,
    dev: true,
    ...(cpu.length && { cpu }),
    ...(os.length && { os }),
    ...(libc.length && os[0] === 'linux' && { libc }),
  };
}
