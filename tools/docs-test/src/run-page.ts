import { type ChildProcess, spawn } from 'node:child_process';
import { mkdir, mkdtemp, readFile, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Block, Item } from './page.js';
import { freePortBase } from './ports.js';
import { writePrograms } from './programs.js';
import { type Command, commandsOf, isCommand, scriptOf } from './script.js';
import { differences, missingLine } from './shape.js';

const HERE = fileURLToPath(new URL('..', import.meta.url));
export const ROOT = fileURLToPath(new URL('../../..', import.meta.url));

/** What a page's commands find in the folder that they run in, as if it were a clone of the repository. */
const OF_THE_CLONE = ['apps', 'docs', 'libs', 'node_modules', 'package.json', 'tools'];

/** A command fails with an error answer, as its reader would see. */
const CURLRC = 'fail-with-body\nshow-error\n';

/** Milliseconds for a whole page: against one that waits for what never comes. */
const PAGE_MS = 120_000;
const STOPS_WITHIN_MS = 10_000;

/** Runs the commands of a page in one shell. @returns what is wrong with the page, empty when nothing is */
export async function runPage(items: readonly Item[]): Promise<string[]> {
  const unmarked = items.flatMap((item) => (item.kind === 'block' ? markProblems(item) : []));
  const commands = commandsOf(items);
  if (unmarked.length > 0 || commands.length === 0) return unmarked;
  const scratch = await mkdtemp(join(tmpdir(), 'provision-docs-'));
  try {
    const failure = await runCommands(commands, scratch);
    return failure ? [failure] : await answerProblems(items, scratch);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

/** A block that does not run has to say why. */
function markProblems({ directive, line }: Block): string[] {
  return directive?.name === 'skip' && directive.argument.length < 10
    ? [`line ${line}: say after "skip:" why it cannot run here`]
    : [];
}

async function runCommands(commands: readonly Command[], scratch: string): Promise<string | undefined> {
  const clone = join(scratch, 'clone');
  await mkdir(clone);
  for (const name of OF_THE_CLONE) await symlink(join(ROOT, name), join(clone, name));
  for (const { line, text } of commands) await writeFile(join(scratch, `${line}.sh`), `${text}\n`);
  await writeFile(join(scratch, 'page.sh'), scriptOf(commands));
  await writeFile(join(clone, '.curlrc'), CURLRC);
  const programs = await writePrograms(join(scratch, 'bin'), ROOT);
  const base = await freePortBase();
  const shell = spawn('bash', [join(scratch, 'page.sh')], {
    cwd: clone,
    // A group of its own, so that whatever a page leaves running ends with it.
    detached: true,
    stdio: ['ignore', 'ignore', 'ignore'],
    env: {
      PATH: `${programs}:${process.env['PATH']}`,
      HOME: clone,
      LANG: 'C.UTF-8',
      SCRATCH: scratch,
      PRELUDE: join(HERE, 'prelude.sh'),
      SUBSTITUTE: join(HERE, 'substitute.mjs'),
      BASE: String(base),
      MG_PROVISION_HTTP_PORT: String(base + 16),
      MG_PROVISION_GRPC_PORT: String(base + 17),
      MG_PROVISION_GRPC_METRICS_PORT: String(base + 18),
    },
  });
  const code = await exitOf(shell);
  return code === 0 ? undefined : failureText(code, scratch);
}

async function exitOf(shell: ChildProcess): Promise<number | 'time limit'> {
  const exited = new Promise<number>((resolve) => shell.once('exit', (code) => resolve(code ?? 1)));
  const limit = new Promise<'time limit'>((resolve) => {
    setTimeout(() => resolve('time limit'), PAGE_MS).unref();
  });
  const code = await Promise.race([exited, limit]);
  await endGroup(shell.pid!);
  return code;
}

/** First SIGTERM, so that apps leave nothing behind in the folder of temporary files. */
async function endGroup(group: number): Promise<void> {
  const until = Date.now() + STOPS_WITHIN_MS;
  for (let signal: NodeJS.Signals = 'SIGTERM'; ; signal = 'SIGKILL') {
    if (!send(group, signal)) return;
    while (Date.now() < until && send(group, 0)) await new Promise((resolve) => setTimeout(resolve, 50));
    if (signal === 'SIGKILL') return;
  }
}

function send(group: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(-group, signal);
  } catch {
    return false;
  }
}

async function failureText(code: number | 'time limit', scratch: string): Promise<string> {
  const at = (await read(join(scratch, 'at'))).trim();
  const logs = (await readdir(scratch)).filter((name) => name.endsWith('.txt'));
  const parts = [`${at}.sh`, `${at}.out`, `${at}.err`, ...logs].map(async (name) => {
    const lines = (await read(join(scratch, name))).trimEnd().split('\n');
    return `--- ${name}\n${lines.slice(-25).join('\n')}`;
  });
  return [`line ${at}: ended with ${code}`, ...(await Promise.all(parts))].join('\n');
}

/** Blocks of JSON and text right after commands show what these print. */
async function answerProblems(items: readonly Item[], scratch: string): Promise<string[]> {
  const problems: string[] = [];
  for (const [index, item] of items.entries()) {
    const before = items[index - 1];
    if (item.kind !== 'block' || before?.kind !== 'block' || !isCommand(before)) continue;
    if (item.directive || before.directive?.name === 'skip') continue;
    const printed = await read(join(scratch, `${before.line}.out`));
    problems.push(...compare(item, printed).map((problem) => `line ${item.line}: ${problem}`));
  }
  return problems;
}

function compare({ language, text }: Block, printed: string): string[] {
  if (language === 'json') {
    try {
      return differences(JSON.parse(text), JSON.parse(printed));
    } catch (error) {
      return [`${String(error)} in ${printed}`];
    }
  }
  const missing = language === 'text' ? missingLine(text, printed) : undefined;
  return missing === undefined ? [] : [`"${missing}" is not in the output:\n${printed}`];
}

const read = (path: string): Promise<string> => readFile(path, 'utf8').catch(() => '');
