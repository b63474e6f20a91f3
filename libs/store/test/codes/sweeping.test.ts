import { afterAll, expect, it } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { DatabaseSync } from 'node:sqlite';
import { CodeIssuance, LEGACY_SETTINGS } from '@org/code-issuance';
import { systemClock } from '@org/domain';
import { openStore } from '../../src/index.js';
import { newPath, removeFiles } from '../support/databases.js';

afterAll(removeFiles);

it('a sweep leaves nothing of attempts, operators and codes of devices whose time is over', async () => {
  const path = newPath();
  let now = 1_790_000_000_000;
  const clock = { ...systemClock, now: () => now };
  const { codes: store, hashKey, close } = await openStore({ path, key: undefined, clock });
  const codes = new CodeIssuance({ store, hashKey, clock, settings: { legacy: LEGACY_SETTINGS } });
  const who = { operator: 'ann', address: '198.51.100.1' };
  const keyFingerprint = randomBytes(32).toString('base64url');
  const { code } = await codes.begin({ keyFingerprint, origin: '192.0.2.1' });
  for (const each of [code, await codes.legacy!.generate({ address: '192.0.2.1' })])
    await codes.lookUp({ code: each, ...who });
  await store.noteKnown('ann', now + 1);
  const database = new DatabaseSync(path);
  database.exec('pragma busy_timeout = 5000');
  const rows = () =>
    ['attempt_buckets', 'known_operators', 'code_asks', 'enrolments'].map(
      (table) => database.prepare(`select * from ${table}`).all().length,
    );
  expect(rows().every((count) => count > 0)).toBe(true);
  for (let day = 0; day < 3; day += 1) {
    now += 86_400_000;
    await codes.sweep();
  }
  expect(rows()).toEqual([0, 0, 0, 0]);
  database.close();
  await close();
});
