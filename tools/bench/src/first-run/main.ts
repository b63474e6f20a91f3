import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { program } from 'commander';

const { cold, json } = program
  .name('bench:first-run')
  .description(
    'Measures the first command of the README in a fresh clone of the last commit: time, CPU time, size.',
  )
  .option('--cold', 'begin with an empty npm cache, so that every package is downloaded')
  .option('--json', 'print one JSON object on standard output')
  .parse()
  .opts<{ cold?: true; json?: true }>();

const LONGEST_MS = 10 * 60_000;
/** Of one step. `git clone` is none: it depends on the line. */
interface Took {
  readonly seconds: number;
  readonly cpuSeconds: number;
}

const folder = mkdtempSync(join(tmpdir(), 'provision-first-run-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
const clone = join(folder, 'provision');
// A newcomer has the machine's own Node and npm, not those of this clone's packages.
const path = process.env['PATH']!.split(delimiter).filter((part) => !part.includes('node_modules'));
const inherited = Object.entries(process.env).filter(([name]) => !/^npm_|^NODE_OPTIONS$/i.test(name));
const env = {
  ...Object.fromEntries(inherited),
  PATH: path.join(delimiter),
  ...(cold && { npm_config_cache: join(folder, 'cache') }),
};

/** Bash's own `time` counts the CPU time of all children; everything that they say goes to standard error. */
function time(what: string, command: string): Took {
  console.error(`${what}: ${command}`);
  const script = `TIMEFORMAT='%R %U %S'; { time ${command} >&3 2>&3; } 2>&1`;
  const done = spawnSync('bash', ['-c', script], {
    cwd: clone,
    env,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit', 2],
    timeout: LONGEST_MS,
  });
  if (done.status !== 0) throw new Error(`${command}: ${done.signal ?? `exit code ${done.status}`}`);
  const [seconds, user, system] = done.stdout.trim().split(' ').map(Number) as [number, number, number];
  return { seconds, cpuSeconds: Number((user + system).toFixed(1)) };
}

const root = execFileSync('git', ['rev-parse', '--show-toplevel'], { encoding: 'utf8' }).trim();
execFileSync('git', ['clone', '--quiet', root, clone], { stdio: ['ignore', 'inherit', 'inherit'] });
const install = time('install', 'npm ci --omit=dev --no-json');
const build = time('build', 'PATH=node_modules/.bin:$PATH node tools/compile.mjs');
const demo = time('demo', 'npm run demo');
const megabytes = execFileSync('du', ['-sm', join(clone, 'node_modules')], { encoding: 'utf8' });
const figures = {
  installSeconds: install.seconds,
  installCpuSeconds: install.cpuSeconds,
  buildSeconds: build.seconds,
  buildCpuSeconds: build.cpuSeconds,
  demoSeconds: demo.seconds,
  demoCpuSeconds: demo.cpuSeconds,
  installMb: Number.parseInt(megabytes, 10),
  npmCache: cold ? 'empty' : 'as it was',
};
if (json) console.log(JSON.stringify(figures, undefined, 2));
else for (const [what, figure] of Object.entries(figures)) console.log(`${what.padEnd(18)} ${figure}`);
