// Importing the core has to stay cheap: it loads nothing of the configuration's readers, and costs little.
import { execFileSync } from 'node:child_process';

const MOST_CPU_MS = 60;
const TRIES = 7;
/** What reads configurations, and what belongs to frameworks. */
const HEAVY = [
  'class-validator',
  'class-transformer',
  '@iarna/toml',
  'toml-eslint-parser',
  'yaml',
  '@nestjs/core',
];

const PROBE = `
const { Module } = await import('node:module');
const before = process.cpuUsage();
await import('@org/provisioning');
const { user, system } = process.cpuUsage(before);
console.log(JSON.stringify({ ms: (user + system) / 1000, loaded: Object.keys(Module._cache) }));
`;

const measure = () =>
  JSON.parse(
    execFileSync(process.execPath, ['--input-type=module', '--eval', PROBE], {
      cwd: new URL('../../libs/server/', import.meta.url),
      encoding: 'utf8',
    }),
  );

const tries = Array.from({ length: TRIES }, measure);
const loaded = HEAVY.filter((name) =>
  tries[0].loaded.some((file) => file.includes(`/node_modules/${name}/`)),
);
const ms = Math.min(...tries.map((it) => it.ms));
if (loaded.length > 0) console.error(`importing @org/provisioning loads ${loaded.join(', ')}`);
if (ms > MOST_CPU_MS)
  console.error(`importing @org/provisioning costs ${ms.toFixed(0)} ms of CPU; at most ${MOST_CPU_MS}`);
if (loaded.length > 0 || ms > MOST_CPU_MS) process.exit(1);
console.log(`importing @org/provisioning costs ${ms.toFixed(0)} ms of CPU`);
