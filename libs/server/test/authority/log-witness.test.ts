import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { systemClock } from '@org/domain';
import { EMPTY_LOG, type LogEvent, appendToLog, auditStore, createRoot, headFault, headsIn } from '@org/pki';
import { generateKey, keySigner } from '@org/x509';
import { LogWitness } from '../../src/authority/log-witness.js';
import type { Logger } from '../../src/index.js';
import { Metrics } from '../../src/observability/metrics.js';
import { type RunningServer, startServer } from '../world.js';

let folder: string;
let env: Record<string, string>;
let running: RunningServer | undefined;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'provision-witness-'));
  env = { MG_PROVISION_STATE_PATH: join(folder, 'state.db'), MG_PROVISION_AUTHORITY_STORE: 'database' };
});
afterEach(async () => {
  await running?.close();
  running = undefined;
  rmSync(folder, { recursive: true });
});

async function restarted(): Promise<RunningServer> {
  await running?.close();
  return (running = await startServer(undefined, env));
}

const issue = ({ server }: RunningServer, ...names: string[]) =>
  server.authority!.serverCertificate({ names });
const metric = async ({ server }: RunningServer, name: string) =>
  Number(
    new RegExp(`^provision_issuance_log_${name} (\\d+)$`, 'm').exec(
      await server.metrics.registry.metrics(),
    )?.[1],
  );

it('says at start where the log stands, signed, in the log output and the metrics', async () => {
  await issue(await restarted(), 'a.example');
  const { server, log } = await restarted();
  const [head, ...more] = headsIn(log.join(''));
  expect(more).toEqual([]);
  expect(headFault(head!, server.authority!.anchors().current)).toBeUndefined();
  expect(await auditStore(server.authority!.store, [head!])).toMatchObject({ intact: true });
  expect(await metric(running!, 'intact')).toBe(1);
  expect(await metric(running!, 'entries')).toBe(head!.seq);
  expect(await metric(running!, 'head')).toBe(Number.parseInt(head!.hash.slice(0, 12), 16));
});

it.each([
  ['an entry was changed', 'update issuance_log set hash = previous_hash where seq = 2'],
  ['the end was cut off', 'delete from issuance_log where seq = 2; update issuance_log_head set seq = 1'],
])('says so, and signs nothing, when %s', async (_, tampering) => {
  await issue(await restarted(), 'a.example');
  await restarted();
  await running!.close();
  const database = new DatabaseSync(env['MG_PROVISION_STATE_PATH']!);
  database.exec(tampering);
  database.close();
  running = await startServer(undefined, env);
  const { log } = running;
  expect(log.filter((line) => line.includes('THE ISSUANCE LOG WAS CHANGED'))).toHaveLength(1);
  expect(log.filter((line) => line.includes('"issuance log head"'))).toEqual([]);
  expect(await metric(running, 'intact')).toBe(0);
});

it('notices within a running process, also where nothing of it is left in the database', async () => {
  const authority = await createRoot(keySigner(await generateKey()), {
    ...{ subject: { commonName: 'Test' }, now: Date.now(), lifetimeMs: 86_400_000 },
  });
  let log = appendToLog(EMPTY_LOG, [event(1), event(2)]);
  const errors: unknown[] = [];
  const witness = new LogWitness({
    authority,
    store: {
      logHead: async () => log.at(-1)!,
      logAfter: async (seq, limit) => log.slice(seq, seq + limit),
    },
    sealed: { get: async () => undefined, put: async () => false },
    clock: systemClock,
    logger: {
      info: () => undefined,
      error: (facts: unknown) => void errors.push(facts),
    } as unknown as Logger,
    metrics: new Metrics(),
  });
  expect(await witness.witness()).toMatchObject({ seq: 2 });
  log = [...log, ...appendToLog(log.at(-1)!, [event(3)])];
  expect(await witness.witness()).toMatchObject({ seq: 3 });
  log = appendToLog(EMPTY_LOG, [event(7), event(2), event(3), event(4)]);
  expect(await witness.witness()).toBeUndefined();
  expect(errors).toHaveLength(1);
});

const event = (n: number): LogEvent => ({
  at: n,
  kind: 'intended',
  serial: `0${n}`,
  contentHash: '0'.repeat(64),
});
