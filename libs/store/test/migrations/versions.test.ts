import { expect, it } from '@jest/globals';
import { missing } from '../../src/migrations/versions.js';

const OWN = ['2026-01-a', '2026-02-b', '2026-03-c'];
const has = (...names: string[]) => names.map((name) => ({ name, oldestApp: '' }));

it('goes on where a database stands', () => {
  expect(missing(OWN, [])).toEqual(OWN);
  expect(missing(OWN, has('2026-01-a'))).toEqual(['2026-02-b', '2026-03-c']);
  expect(missing(OWN, has(...OWN))).toEqual([]);
});

it('leaves a newer database alone that says it works with this app', () => {
  const newer = { name: '2026-04-d', oldestApp: '2026-03-c' };
  expect(missing(OWN, [...has(...OWN), newer, ...has('2026-05-e')])).toEqual([]);
});

it('refuses a newer one that does not, in words that say what to do', () => {
  const newer = [
    { name: '2026-04-d', oldestApp: '' },
    { name: '2026-05-e', oldestApp: '2026-04-d' },
  ];
  expect(() => missing(OWN, [...has(...OWN), ...newer])).toThrow(
    expect.objectContaining({
      kind: 'invalid',
      code: 'schema_too_new',
      message: expect.stringMatching(
        /schema version 2026-04-d or later; this app has 2026-03-c\. Start the newer/,
      ),
    }),
  );
});

it.each([
  ['that lacks what this app needs beside what it does not know', has('2026-01-a', '2026-02-b', '2026-04-d')],
  ['with something unknown in between', has(...OWN, '2026-02-x')],
])('refuses one of another line: %s', (_, applied) => {
  expect(() => missing(OWN, applied)).toThrow(expect.objectContaining({ code: 'schema_unknown' }));
});
