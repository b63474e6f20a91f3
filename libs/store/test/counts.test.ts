import { afterAll, expect, it, jest } from '@jest/globals';
import { DatabaseSync } from 'node:sqlite';
import { openStore } from '../src/index.js';
import { newPath, removeFiles } from './support/databases.js';

afterAll(removeFiles);

it('what metrics count is read from an index, and of enrolments and runs only what has not ended', async () => {
  const path = newPath();
  const { codes, machines, certificates, journal, close } = await openStore({ path, key: undefined });
  const prepare = jest.spyOn(DatabaseSync.prototype, 'prepare');
  for (const count of [codes, machines]) await count.countByState();
  await journal.counts();
  await certificates.countEnding('device', [0, 1, 7]);
  const asked = prepare.mock.calls.map(([sql]) => sql);
  prepare.mockRestore();
  const database = new DatabaseSync(path);
  const plans = asked.map((sql) => database.prepare(`explain query plan ${sql}`).all());
  expect(plans.map(([step, ...more]) => [step!['detail'], ...more])).toEqual([
    ['SEARCH enrolments USING COVERING INDEX enrolments_due (state=?)'],
    ['SCAN machines USING COVERING INDEX machines_state'],
    ['SEARCH runs USING INDEX runs_due (state=?)'],
    [
      'SEARCH certificates USING COVERING INDEX certificates_in_use (profile=? AND not_after>? AND not_after<?)',
    ],
  ]);
  database.close();
  await close();
});

it('what is due and what is over is found without a look at answers that are kept', async () => {
  const path = newPath();
  const { journal, close } = await openStore({ path, key: undefined });
  const prepare = jest.spyOn(DatabaseSync.prototype, 'prepare');
  await journal.claim({ owner: 'process-1', leaseMs: 1, limit: 4 });
  await journal.purge();
  const asked = prepare.mock.calls.map(([sql]) => sql);
  prepare.mockRestore();
  const database = new DatabaseSync(path);
  const steps = asked.flatMap((sql) => database.prepare(`explain query plan ${sql}`).all());
  const details = steps.map(({ detail }) => String(detail));
  expect(details).toContainEqual(expect.stringMatching(/^SEARCH runs USING INDEX runs_due \(state=\?/));
  expect(details).toContainEqual(expect.stringMatching(/^SEARCH runs USING (COVERING )?INDEX runs_kept/));
  expect(details.filter((detail) => detail.startsWith('SCAN'))).toEqual([]);
  database.close();
  await close();
});
