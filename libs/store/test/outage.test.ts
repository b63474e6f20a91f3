import { afterAll, afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout } from 'node:timers/promises';
import { sampleMachine } from '@org/enrolment/testing';
import pg from 'pg';
import { openStore, type Store } from '../src/index.js';
import { type BreakableRoad, breakableRoad } from './support/breakable-road.js';
import { newKey, newPath, newPostgresUrl, removeFiles } from './support/databases.js';

afterAll(removeFiles);

const away = { kind: 'ambiguous', code: 'database_unavailable' };

describe('a store in PostgreSQL', () => {
  let road: BreakableRoad;
  let server: pg.Client;
  let store: Store;
  const insert = () => store.machines.insert(sampleMachine());
  const others = `from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()`;

  beforeEach(async () => {
    const url = await newPostgresUrl();
    road = await breakableRoad(url);
    server = new pg.Client({ connectionString: url.reveal() });
    await server.connect();
    store = await openStore({ url: road.url, path: '', key: newKey() });
  });
  afterEach(async () => {
    await store.close();
    await server.end();
    await road.close();
  });

  it('says so while the server cannot be reached, and goes on when it can', async () => {
    await road.close();
    await expect(store.ping()).rejects.toMatchObject(away);
    await expect(insert()).rejects.toMatchObject(away);
    expect(store.activity.outages).toBeGreaterThanOrEqual(2);
    await road.open();
    expect(await insert()).toBe(true);
    expect(store.activity.pool).toMatchObject({ totalCount: 1, idleCount: 1, waitingCount: 0 });
  });

  it('gives connections up that have gone silent', async () => {
    road.freeze();
    const transactions = Array.from({ length: 10 }, () => store.certificates.recordUnsigned(['01'], 1));
    const ends = await Promise.allSettled(transactions);
    expect(ends).toContainEqual({ status: 'rejected', reason: expect.objectContaining(away) as unknown });
    expect(await insert()).toBe(true);
  });

  it('says so when the server shuts down under a write', async () => {
    await server.query('begin');
    await server.query('lock table machines');
    const write = insert();
    while ((await server.query(`select ${others} and wait_event_type = 'Lock'`)).rowCount === 0);
    await server.query(`select pg_terminate_backend(pid) ${others}`);
    await expect(write).rejects.toMatchObject(away);
    await server.query('commit');
    // Others may not have learnt yet that their connections are gone.
    const more = await Promise.allSettled(Array.from({ length: 10 }, insert));
    for (const end of more)
      expect(end).toMatchObject(end.status === 'rejected' ? { reason: away } : { value: true });
    expect(await insert()).toBe(true);
  });

  it('tells who starts it why it cannot be opened', async () => {
    await road.close();
    const opened = openStore({ url: road.url, path: '', key: newKey() });
    await expect(opened).rejects.toMatchObject({
      ...away,
      kind: 'unavailable',
      message: expect.stringMatching(/^the database cannot be opened: .*ECONNREFUSED/) as unknown,
    });
    await road.open();
  });
});

describe('a store in a file that another process keeps writing to', () => {
  let store: Store;
  let other: DatabaseSync;
  const insert = () => store.machines.insert(sampleMachine());

  beforeEach(async () => {
    const path = newPath();
    store = await openStore({ path, key: undefined });
    other = new DatabaseSync(path);
    other.exec('pragma busy_timeout = 5000');
    other.exec('begin immediate');
  });
  afterEach(() => store.close());

  it('waits for that while all else goes on', async () => {
    const writes = [insert(), store.certificates.recordUnsigned(['01'], 1)];
    await setTimeout(300);
    other.close();
    expect(await Promise.all(writes)).toEqual([true, []]);
  });

  // Each of the writes would wait by itself without what this is about.
  it('says so to all at once, and goes on afterwards', async () => {
    const writes = Array.from({ length: 20 }, (_, n) => setTimeout(n * 20).then(insert));
    for (const end of await Promise.allSettled(writes)) expect(end).toMatchObject({ reason: away });
    other.close();
    expect(await insert()).toBe(true);
  }, 60_000);
});
