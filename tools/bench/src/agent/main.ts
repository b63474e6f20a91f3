import { mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { program } from 'commander';
import { RealServer } from '@org/harness/agent';
import { agentProgram } from './agent-process.js';
import { type Extent, measure } from './measure.js';

const WHOLE: Extent = { devices: 5, starts: 15, idleMs: 65_000 };
const QUICK: Extent = { devices: 1, starts: 3, idleMs: 1_000 };
/** Two minutes are enough on any machine that is not stuck. */
const LONGEST_MS = 5 * 60_000;

const { quick, json } = program
  .name('bench:agent')
  .description(
    "Measures the agent's executable from outside: time to ready and to its identity, memory, size.",
  )
  .option('--quick', 'measure little: to see that it works')
  .option('--json', 'print one JSON object on standard output')
  .parse()
  .opts<{ quick?: true; json?: true }>();

const watch = setTimeout(() => {
  console.error(`not done within ${LONGEST_MS / 60_000} minutes`);
  process.exit(1);
}, LONGEST_MS);
const folder = mkdtempSync(join(tmpdir(), 'provision-agent-bench-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
const agent = agentProgram();
const server = await RealServer.start(folder);
try {
  const progress = (what: string): void => console.error(what);
  const extent = quick ? QUICK : WHOLE;
  const { ready, provisioned, memory } = await measure({ program: agent, server, folder, extent, progress });
  const figures = {
    readyMs: median(ready),
    provisionedMs: median(provisioned),
    rssMb: megabytes(memory.resident),
    executableMb: agent.bytes === undefined ? null : megabytes(agent.bytes),
    rssOwnMb: megabytes(memory.own),
    readyMaxMs: Math.round(Math.max(...ready)),
    provisionedMaxMs: Math.round(Math.max(...provisioned)),
    program: agent.kind,
    node: process.version,
    cores: availableParallelism(),
  };
  if (json) console.log(JSON.stringify(figures, undefined, 2));
  else
    for (const [what, figure] of Object.entries(figures)) console.log(`${what.padEnd(18)} ${figure ?? '-'}`);
} finally {
  await server.close();
  clearTimeout(watch);
}

function median(values: readonly number[]): number {
  return Math.round(values.toSorted((one, other) => one - other)[values.length >> 1]!);
}

function megabytes(bytes: number): number {
  return Math.round(bytes / 1e5) / 10;
}
