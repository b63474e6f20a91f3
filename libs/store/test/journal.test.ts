import { afterAll, describe, expect, it } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { chmodSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Secret, systemClock } from '@org/domain';
import { journalContract, samplePlan } from '@org/provisioning/testing';
import { openStore } from '../src/index.js';
import { newKey, newPath, newPostgresUrl, openPostgres, removeFiles } from './support/databases.js';
import { letPass } from './support/time.js';

afterAll(removeFiles);

journalContract('SQLite', async () => {
  let passed = 0;
  const clock = { ...systemClock, now: () => Date.now() + passed };
  const store = await openStore({ path: newPath(), key: undefined, clock });
  return { journal: store.journal, advance: (ms) => void (passed += ms), close: () => store.close() };
});

journalContract('PostgreSQL', async () => {
  const { store, options } = await openPostgres();
  return { journal: store.journal, advance: (ms) => letPass(options.url, ms), close: () => store.close() };
});

describe('a store in PostgreSQL', () => {
  it('is shared by replicas that start and claim at the same time', async () => {
    const [url, shared] = [await newPostgresUrl(), newKey()];
    const replicas = await Promise.all([1, 2, 3].map(() => openStore({ url, path: '', key: shared })));
    const runs = Array.from({ length: 30 }, (_, n) => ({
      ...newRun('dead'),
      plan: samplePlan({ externalId: `gw-${n}`, domainId: 'plant' }),
      idempotency: undefined,
    }));
    await Promise.all(runs.map((run, n) => replicas[n % 3]!.journal.begin(run)));
    const claims = await Promise.all(
      replicas.flatMap(({ journal }, n) =>
        [0, 1].map(() => journal.claim({ owner: `r${n}`, leaseMs: 60_000, limit: 30 })),
      ),
    );
    const ids = claims.flat().map(({ plan }) => plan.runId);
    expect(new Set(ids).size).toBe(ids.length);
    await Promise.all(replicas.map((replica) => replica.close()));
  });
});

const newRun = (owner: string) => ({
  plan: samplePlan({ externalId: 'gw-1', domainId: 'plant' }),
  callerToken: new Secret('the-callers-token'),
  idempotency: { key: 'the-idempotency-key', body: 'the-request-body' },
  owner,
  leaseMs: 0,
});

describe('a store in a file', () => {
  it('shows no secret to who reads the file, and is no one else’s to read', async () => {
    const path = newPath();
    const store = await openStore({ path, key: undefined });
    const run = newRun('a');
    await store.journal.begin(run);
    const folder = join(path, '..');
    for (const name of readdirSync(folder)) {
      expect(statSync(join(folder, name)).mode & 0o077).toBe(0);
      const bytes = readFileSync(join(folder, name), 'latin1');
      for (const secret of ['the-callers-token', 'the-request-body', run.plan.clients[0]!.secret, 'k-8f21'])
        expect(bytes).not.toContain(secret);
    }
    await store.close();
  });

  it('is shared by two processes: one of them starts a run, and the next start finds it', async () => {
    const path = newPath();
    const [one, two] = [await openStore({ path, key: undefined }), await openStore({ path, key: undefined })];
    const begun = await Promise.all(
      [one, two].map(({ journal }, n) => journal.begin({ ...newRun(`p${n}`), idempotency: undefined })),
    );
    expect(begun.map(({ outcome }) => outcome).sort()).toEqual(['external_id_busy', 'started']);
    await one.close();
    await two.close();
    const later = await openStore({ path, key: undefined });
    const claimed = await later.journal.claim({ owner: 'x', leaseMs: 1, limit: 5 });
    expect(claimed[0]!.callerToken!.reveal()).toBe('the-callers-token');
    await later.close();
  });

  it('refuses a key that is none, and a key file that others can read or that holds none', async () => {
    await expect(openStore({ path: newPath(), key: new Secret('short') })).rejects.toMatchObject({
      code: 'state_key_invalid',
    });
    const path = newPath();
    writeFileSync(`${path}.key`, 'nonsense', { mode: 0o600 });
    await expect(openStore({ path, key: undefined })).rejects.toMatchObject({ code: 'state_key_invalid' });
    writeFileSync(`${path}.key`, randomBytes(32).toString('hex'));
    chmodSync(`${path}.key`, 0o640);
    await expect(openStore({ path, key: undefined })).rejects.toMatchObject({ code: 'state_key_exposed' });
  });
});
