import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { startServer } from '../world.js';

let folder: string;
let authority: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'provision-start-'));
  authority = join(folder, 'authority');
});
afterEach(() => rmSync(folder, { recursive: true }));

const start = (env: Record<string, string> = {}) =>
  startServer(undefined, { MG_PROVISION_AUTHORITY_PATH: authority, ...env });

it('is with one authority where several replicas start at the same time', async () => {
  const replicas = await Promise.all([1, 2, 3].map(() => start()));
  const chains = replicas.map(({ server }) => server.authority!.servedPem());
  expect(new Set(chains).size).toBe(1);
  const said = replicas
    .flatMap(({ log }) => log)
    .filter((line) => line.includes('created a new certificate authority'));
  expect(said).toHaveLength(1);
  for (const replica of replicas) await replica.close();
});

it.each([
  ['Ed25519', 1],
  ['P-256', 0],
])('warns of an algorithm that some clients cannot verify: %s', async (algorithm, times) => {
  const running = await start({ MG_PROVISION_AUTHORITY_ALGORITHM: algorithm });
  const warnings = running.log.filter((line) => line.includes('some clients cannot verify'));
  expect(warnings).toHaveLength(times);
  await running.close();
});

describe('names the setting that is wrong', () => {
  const PASSPHRASE = 'MG_PROVISION_AUTHORITY_PASSPHRASE';
  const refused = (message: string, kind = 'invalid') => ({
    kind,
    message: expect.stringMatching(`^${message}`) as unknown,
  });

  it('for a state that is no database', async () => {
    const path = join(folder, 'state.db');
    writeFileSync(path, 'junk'.repeat(1000), { mode: 0o600 });
    await expect(start({ MG_PROVISION_STATE_PATH: path })).rejects.toMatchObject(
      refused(`MG_PROVISION_STATE_PATH ${path}: this is not a SQLite database; move it away`),
    );
  });

  it('for a state that another process keeps', async () => {
    const path = join(folder, 'state.db');
    writeFileSync(path, '', { mode: 0o600 });
    const other = new DatabaseSync(path);
    other.exec('pragma busy_timeout = 5000');
    other.exec('begin immediate');
    await expect(start({ MG_PROVISION_STATE_PATH: path })).rejects.toMatchObject(
      refused(`MG_PROVISION_STATE_PATH ${path}: .*database is locked`, 'unavailable'),
    );
    other.close();
  });

  it('for a database that is away', async () => {
    const env = {
      MG_PROVISION_DATABASE_URL: 'postgres://nobody@127.0.0.1:1/none',
      MG_PROVISION_STATE_KEY: '0'.repeat(64),
    };
    await expect(start(env)).rejects.toMatchObject(
      refused('MG_PROVISION_DATABASE_URL: .*ECONNREFUSED', 'unavailable'),
    );
  });

  it('for an authority in what is no folder', async () => {
    writeFileSync(authority, '');
    await expect(start()).rejects.toMatchObject(
      refused(`MG_PROVISION_AUTHORITY_PATH ${authority}: a file is where a folder has to be; choose another`),
    );
  });

  it('for an authority whose files are broken', async () => {
    await (await start()).close();
    writeFileSync(join(authority, 'trust-anchors.json'), 'half');
    await expect(start()).rejects.toMatchObject(
      refused(`MG_PROVISION_AUTHORITY_PATH ${authority}: These are not the trust anchors`),
    );
  });

  it.each([
    ['wrong', { [PASSPHRASE]: 'another' }, 'does not open a key: set the one that the keys in'],
    ['missing', {}, 'is not set, and a key is encrypted: set the one that the keys in'],
  ])('for a passphrase that is %s', async (_, env, advice) => {
    await (await start({ [PASSPHRASE]: 'right' })).close();
    await expect(start(env as Record<string, string>)).rejects.toMatchObject(
      refused(`${PASSPHRASE} ${advice} ${authority}`),
    );
  });
});
