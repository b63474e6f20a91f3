import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import type { ProvisionError } from '@org/domain';
import { Secret } from '@org/domain';
import pg from 'pg';
import { type RunningServer, openWorld, startServer } from '../world.js';

/** Leases that end soon, and as little time as they allow for everything else. */
const SETTINGS = {
  MG_PROVISION_RECOVERY_LEASE: '3s',
  MG_PROVISION_RECOVERY_SETTLE: '3s',
  MG_PROVISION_OUTBOUND_TIMEOUT: '2s',
  MG_PROVISION_OUTBOUND_WRITE_TIMEOUT: '3s',
  MG_PROVISION_OUTBOUND_CONFIGURATION_TIMEOUT: '3s',
};

/** A database, and a second way to it that can be closed. */
async function openDatabase() {
  const server = new URL(process.env['PROVISION_TEST_POSTGRES']!);
  const name = `test_${randomBytes(8).toString('hex')}`;
  const admin = new pg.Client({ connectionString: new URL('/postgres', server).href });
  await admin.connect();
  await admin.query(`create database ${name}`);
  await admin.query(`create role ${name} superuser login password 'test'`);
  const urlOf = (user: string, password: string) => `postgres://${user}:${password}@${server.host}/${name}`;
  return {
    url: urlOf(server.username, server.password),
    cutOffUrl: urlOf(name, 'test'),
    /** No connection goes that way any more. */
    async cutOff(): Promise<void> {
      await admin.query(`alter role ${name} nologin`);
      await admin.query(`select pg_terminate_backend(pid) from pg_stat_activity where usename = '${name}'`);
    },
    async restore(): Promise<void> {
      await admin.query(`alter role ${name} login`);
    },
    async close(): Promise<void> {
      await admin.query(`drop database ${name} with (force)`);
      await admin.query(`drop role ${name}`);
      await admin.end();
    },
  };
}

let world: Awaited<ReturnType<typeof openWorld>>;
let database: Awaited<ReturnType<typeof openDatabase>>;
let cutOff: RunningServer;
let other: RunningServer;

beforeEach(async () => {
  [world, database] = await Promise.all([openWorld(), openDatabase()]);
  const own = {
    MG_PROVISION_USERNAME: world.owner.username,
    MG_PROVISION_PASS: world.owner.password,
    MG_PROVISION_STATE_KEY: randomBytes(32).toString('hex'),
    ...SETTINGS,
  };
  other = await startServer(world.emulator, { ...own, MG_PROVISION_DATABASE_URL: database.url });
  cutOff = await startServer(world.emulator, { ...own, MG_PROVISION_DATABASE_URL: database.cutOffUrl });
});
afterEach(async () => {
  await Promise.all([cutOff.close(), other.close()]);
  await Promise.all([world.close(), database.close()]);
});

const call = (idempotencyKey?: string) => ({
  domainId: world.domain.id,
  request: { name: 'press', externalId: '33:52', externalKey: new Secret('key') },
  token: world.tokens.owner,
  idempotencyKey,
});
const errorOf = (work: Promise<unknown>): Promise<ProvisionError> =>
  work.then(
    () => Promise.reject(new Error('it succeeded')),
    (error: ProvisionError) => error,
  );
async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await isSo())) await setTimeout(50);
}
/** Nothing is under way or owed any more. */
const settled = () =>
  until(async () => Object.values(await other.server.journal.counts()).every((count) => count === 0));
const callsNow = () => world.emulator.calls().filter(({ service }) => service !== 'users').length;

describe('a replica whose database is away for longer than its leases, while the platform is slow', () => {
  it('asks nothing more, and says that the outcome is unknown; another replica removes the run', async () => {
    const { faults } = world.emulator;
    const fault = faults.add({ operation: 'channels.connect', action: 'hold_before' });
    const answer = errorOf(cutOff.server.provisioner.provision(call()));
    await fault.waitForHit();
    await database.cutOff();
    await until(async () => (await other.server.journal.counts()).settling === 1);
    const removed = world.emulator.inventory(world.domain.id);
    expect([removed.clients, removed.channels, removed.configs]).toEqual([[], [], []]);
    const before = callsNow();
    fault.release();
    expect(await answer).toMatchObject({
      kind: 'ambiguous',
      code: 'outcome_unknown',
      message: expect.stringMatching(/may have been created.*external id 33:52/),
    });
    // What was held is answered to no one; nothing follows it.
    expect(callsNow() - before).toBeLessThanOrEqual(1);
    await database.restore();
    await settled();
    const left = world.emulator.inventory(world.domain.id);
    expect([left.clients, left.channels, left.configs]).toEqual([[], [], []]);
  });

  it('does not answer success for what another replica has taken over, complete as it is', async () => {
    const { faults } = world.emulator;
    const fault = faults.add({ operation: 'bootstrap.enable_config', action: 'hold_after' });
    const answer = errorOf(cutOff.server.provisioner.provision(call('order-1')));
    await fault.waitForHit();
    await database.cutOff();
    // Found complete, and on record as such.
    await until(async () => (await other.server.journal.counts()).running === 0);
    fault.release();
    expect(await answer).toMatchObject({
      code: 'outcome_unknown',
      message: expect.stringContaining('same Idempotency-Key'),
    });
    await database.restore();
    const { clients } = await other.server.provisioner.provision(call('order-1'));
    const { clients: there, configs } = world.emulator.inventory(world.domain.id);
    expect(there.map(({ id }) => id)).toEqual(clients.map(({ id }) => id));
    expect(configs).toHaveLength(1);
  });
});
