import { afterAll, expect, it } from '@jest/globals';
import { spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { auditStore, type CertificateStore, EMPTY_LOG, type LogHead } from '@org/pki';
import { openStore } from '../../src/index.js';
import { newPath, removeFiles } from '../support/databases.js';
import { anIssuer, type DeathPoint } from '../support/issuing-process.js';

const script = fileURLToPath(new URL('../support/issuing-process.ts', import.meta.url));
const killers: (() => void)[] = [];
afterAll(() => {
  killers.forEach((kill) => kill());
  removeFiles();
});

interface Said {
  /** Digests of what it was about to sign. */
  readonly signing: string[];
  /** Fingerprints of what it handed out, by serial. */
  readonly issued: [serial: string, fingerprint: string][];
}

/** Issues in a process of its own until that is killed: at a point of an issue, or at a random moment. */
async function issueUntilKilled(path: string, point?: DeathPoint): Promise<Said> {
  const child = spawn(process.execPath, [script, path, ...(point ? [point] : [])], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const kill = () => void child.kill('SIGKILL');
  killers.push(kill);
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
  if (!point) child.stdout.once('data', () => setTimeout(kill, randomInt(80)));
  const [, signal] = await once(child, 'close');
  expect(signal).toBe('SIGKILL');
  const lines = output.split('\n').map((line) => line.split(' '));
  return {
    signing: lines.filter(([word]) => word === 'signing').map(([, digest]) => digest!),
    issued: lines.filter(([word]) => word === 'issued').map(([, serial, print]) => [serial!, print!]),
  };
}

/** What has to hold after a restart, whenever the process before was killed. @returns how many issues were open */
async function expectSound(store: CertificateStore, said: readonly Said[]): Promise<number> {
  const log = await store.logAfter(0, 10_000);
  const intended = new Set(log.filter(({ kind }) => kind === 'intended').map((entry) => entry.contentHash));
  expect(said.flatMap(({ signing }) => signing).filter((digest) => !intended.has(digest))).toEqual([]);

  const issued = new Map(said.flatMap((each) => each.issued));
  const records = await store.find([...issued.keys()]);
  expect(records.map(({ state }) => state)).toEqual(Array.from(issued, () => 'signed'));
  for (const { serial, fingerprint } of records) expect(fingerprint).toBe(issued.get(serial));

  const open = (await store.list({ state: 'intended', limit: 1000 })).records.map(({ serial }) => serial);
  const givenUp = await (await anIssuer(store)).reconcile(0);
  expect(givenUp).toEqual(open);
  expect((await store.list({ state: 'intended' })).records).toEqual([]);
  return open.length;
}

/** Restarts on what a crash left, and checks all that was ever said. @returns how many issues were open */
async function restart(path: string, said: readonly Said[], before: LogHead) {
  const store = await openStore({ path, key: undefined });
  const open = await expectSound(store.certificates, said);
  const verdict = await auditStore(store.certificates, [before]);
  await store.close();
  if (!verdict.intact) throw new Error(`entry ${verdict.brokenAt}: ${verdict.reason}`);
  return { open, head: verdict.head };
}

it.each<[DeathPoint, string]>([
  ['recorded', 'before a signature'],
  ['signed', 'between a signature and its record'],
])('killed at "%s", %s: what may have been signed is on record, and given up', async (point) => {
  const path = newPath();
  const said = await issueUntilKilled(path, point);
  expect(said.issued.length).toBeGreaterThan(0);
  expect((await restart(path, [said], EMPTY_LOG)).open).toBeGreaterThan(0);
});

it('killed before it hands a certificate out: that is on record', async () => {
  const path = newPath();
  const said = await issueUntilKilled(path, 'kept');
  const store = await openStore({ path, key: undefined });
  const { records } = await store.certificates.list({ state: 'signed', limit: 1000 });
  expect(records.length).toBeGreaterThan(said.issued.length);
  await store.close();
  await restart(path, [said], EMPTY_LOG);
});

it('killed at random moments, again and again, two processes at a time: all that was handed out is on record', async () => {
  const path = newPath();
  await (await openStore({ path, key: undefined })).close();
  const said: Said[] = [];
  let head = EMPTY_LOG;
  for (let round = 0; round < 5; round += 1) {
    said.push(...(await Promise.all([issueUntilKilled(path), issueUntilKilled(path)])));
    ({ head } = await restart(path, said, head));
  }
  const serials = said.flatMap(({ issued }) => issued.map(([serial]) => serial));
  expect(serials.length).toBeGreaterThan(0);
  expect(new Set(serials).size).toBe(serials.length);
});
