import { randomBytes } from 'node:crypto';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { type RunningServer, startServer } from '../world.js';

type Env = Record<string, string>;

let folder: string;
let running: RunningServer[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'provision-replicas-'));
  running = [];
});
afterEach(async () => {
  for (const each of running) await each.close();
  rmSync(folder, { recursive: true });
});

/** A replica with a folder of its own for the authority, unless it is told another. */
async function start(env: Env): Promise<RunningServer> {
  const replica = await startServer(undefined, env);
  running.push(replica);
  return replica;
}

const issuing = ({ server }: RunningServer) => server.authority!.anchors().current[0]!.fingerprint;
const refused = (code: string, message: RegExp) => ({
  kind: 'invalid',
  code,
  message: expect.stringMatching(message) as unknown,
});

async function postgres(): Promise<Env> {
  const server = process.env['PROVISION_TEST_POSTGRES']!;
  const name = `test_${randomBytes(8).toString('hex')}`;
  const client = new pg.Client({ connectionString: `${server}/postgres` });
  await client.connect();
  await client.query(`create database ${name}`);
  await client.end();
  return { MG_PROVISION_DATABASE_URL: `${server}/${name}` };
}

const newKey = () => ({ MG_PROVISION_STATE_KEY: randomBytes(32).toString('hex') });
const IN_DATABASE = { MG_PROVISION_AUTHORITY_STORE: 'database' };

describe.each<[string, () => Promise<Env>]>([
  ['SQLite', async () => ({ MG_PROVISION_STATE_PATH: join(folder, 'shared.db') })],
  ['PostgreSQL', postgres],
])('replicas on %s', (_, database) => {
  it('have one authority where its folder is shared or copied, and no other is taken', async () => {
    const shared = { ...(await database()), ...newKey() };
    const path = join(folder, 'authority');
    const one = await start({ ...shared, MG_PROVISION_AUTHORITY_PATH: path });
    const copy = join(folder, 'copy');
    cpSync(path, copy, { recursive: true });
    const two = await start({ ...shared, MG_PROVISION_AUTHORITY_PATH: copy });
    expect(issuing(two)).toBe(issuing(one));
    await expect(start(shared)).rejects.toMatchObject(
      refused('authority_of_another', /^MG_PROVISION_AUTHORITY_PATH .*: there is no authority here.*Copy/),
    );
    const stranger = join(folder, 'stranger');
    await start({ MG_PROVISION_AUTHORITY_PATH: stranger, MG_PROVISION_STATE_PATH: join(folder, 'other.db') });
    await expect(start({ ...shared, MG_PROVISION_AUTHORITY_PATH: stranger })).rejects.toMatchObject(
      refused('authority_of_another', /^MG_PROVISION_AUTHORITY_PATH .*stranger: this authority is not that/),
    );
  });

  it('need nothing but the state key where the authority is in the database', async () => {
    const shared = { ...(await database()), ...newKey(), ...IN_DATABASE };
    const replicas = await Promise.all([1, 2, 3].map(() => start(shared)));
    expect(new Set(replicas.map(issuing)).size).toBe(1);
    const said = replicas.flatMap(({ log }) => log).filter((line) => line.includes('created a new'));
    expect(said).toHaveLength(1);
    expect(issuing(await start(shared))).toBe(issuing(replicas[0]!));
    await expect(start({ ...shared, MG_PROVISION_AUTHORITY_STORE: 'folder' })).rejects.toMatchObject(
      refused('authority_elsewhere', /MG_PROVISION_AUTHORITY_STORE=database/),
    );
  });

  it('do not start with another state key', async () => {
    const shared = { ...(await database()), ...IN_DATABASE };
    await start({ ...shared, ...newKey() });
    await expect(start({ ...shared, ...newKey() })).rejects.toMatchObject(
      refused('state_key_wrong', /^MG_PROVISION_STATE_KEY: this is not the state key/),
    );
  });
});
