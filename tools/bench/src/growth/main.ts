import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout } from 'node:timers/promises';
import { program } from 'commander';
import { Secret } from '@org/domain';
import type { MachineRecord } from '@org/enrolment';
import { wholeNumber } from '@org/harness';
import { CrlPublisher, type IssuanceIntent, createRoot, issuerIdOf } from '@org/pki';
import { openStore } from '@org/store';
import { generateKey, keySigner } from '@org/x509';

const options = program
  .name('bench:growth')
  .description('Measures lists and the revocation list of a large fleet.')
  .option('--rows <n>', 'machines, and revoked certificates', wholeNumber, 300_000)
  .option('--url <url>', 'an empty PostgreSQL database; without it, a SQLite file that is removed')
  .option('--json', 'print one JSON object on standard output')
  .parse()
  .opts<{ rows: number; url?: string; json?: true }>();
const { rows } = options;
const DAY_MS = 86_400_000;
const BATCH = 1_000;

const folder = mkdtempSync(join(tmpdir(), 'provision-growth-'));
process.on('exit', () => rmSync(folder, { recursive: true }));
const key = new Secret('0f'.repeat(32));
const url = options.url === undefined ? {} : { url: new Secret(options.url) };
const store = await openStore({ path: join(folder, 'state.db'), key, ...url });
const now = Date.now();
const authority = await createRoot(keySigner(await generateKey()), {
  subject: { commonName: 'Growth' },
  now,
  lifetimeMs: 365 * DAY_MS,
});
const issuerId = issuerIdOf(authority);

const serialOf = (n: number): string => `01${n.toString(16).padStart(32, '0')}`;
const intentOf = (n: number): IssuanceIntent => ({
  serial: serialOf(n),
  issuerId,
  profile: 'device',
  machineId: `machine-${n}`,
  keyFingerprint: serialOf(n),
  notBefore: now,
  notAfter: now + 90 * DAY_MS,
  tbs: Buffer.alloc(16),
  recordedAt: now,
});
const machineOf = (n: number): MachineRecord => ({
  id: `machine-${n}`,
  version: 1,
  domainId: 'plant',
  name: `press-${n}`,
  state: n % 50 === 0 ? 'revoked' : 'active',
  device: {},
  enrolmentId: `enrolment-${n}`,
  binding: 'key',
  approvedBy: 'ann',
  enrolledAt: now - n,
  lateRenewals: 0,
  removalDue: false,
  gateway: undefined,
  lastSeenAt: undefined,
  reissue: undefined,
  revocation: undefined,
});

async function fill() {
  const { certificates, machines } = store;
  for (let from = 0; from < rows; from += BATCH) {
    const batch = Array.from({ length: Math.min(BATCH, rows - from) }, (_, n) => from + n);
    await certificates.recordIntents(batch.map(intentOf));
    const reason = 'superseded' as const;
    await certificates.recordRevoked(batch.map((n) => ({ serial: serialOf(n), reason, at: now })));
    await Promise.all(batch.map((n) => machines.insert(machineOf(n))));
  }
}

const median = (numbers: readonly number[]): number =>
  numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)]!;

/** Milliseconds: the median of several, and the longest time in which nothing else could run. */
async function measure(work: (n: number) => Promise<unknown>, times: number) {
  const delay = monitorEventLoopDelay({ resolution: 1 });
  const took: number[] = [];
  delay.enable();
  for (let n = 0; n < times; n += 1) {
    const from = performance.now();
    await work(n);
    took.push(performance.now() - from);
    // The delay shows once the loop turns, and SQLite gives it no reason to.
    await setTimeout(5);
  }
  delay.disable();
  return { p50: Number(median(took).toFixed(2)), stoppedMs: Number((delay.max / 1e6).toFixed(1)) };
}

await fill();
const { machines, certificates } = store;
const page = { domainId: 'plant', limit: 100 };
const { next } = await machines.list({ ...page, offset: 0 });
// Each is a list of its own: in an interval of a millisecond all of them are out of date.
const anew = new CrlPublisher({ authority, store: certificates, largeIntervalMs: 1 });
const kept = new CrlPublisher({ authority, store: certificates });
async function revokeOneAndPublish(n: number) {
  await certificates.recordIntents([intentOf(rows + n)]);
  await certificates.recordRevoked([{ serial: serialOf(rows + n), reason: 'superseded', at: now }]);
  await setTimeout(2);
  return anew.current();
}

const results = {
  machinesFirstPage: await measure(() => machines.list({ ...page, offset: 0 }), 50),
  machinesOffset10000: await measure(() => machines.list({ ...page, offset: 10_000 }), 50),
  machinesAfterCursor: next && (await measure(() => machines.list({ ...page, offset: 0, after: next }), 50)),
  crlSignedAnew: await measure(revokeOneAndPublish, 5),
  crlUnchanged: await measure(() => kept.current(), 50),
};
await store.close();
if (options.json) console.log(JSON.stringify({ rows, ...results }));
else
  for (const [what, measured] of Object.entries(results))
    if (measured)
      console.log(
        `${what.padEnd(22)} p50 ${String(measured.p50).padStart(8)} ms, event loop stopped for ${measured.stoppedMs} ms at most`,
      );
