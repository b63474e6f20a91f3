import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import picocolors from 'picocolors';
import { Findings } from '../src/case.js';
import { CASES } from '../src/cases/index.js';
import { describe as describeCase, reportOf } from '../src/report.js';
import { run } from '@org/harness';

const PROGRAM = fileURLToPath(new URL('../dist/main.js', import.meta.url));

describe('attack', () => {
  it('runs its cases against the apps, and says what it did, what holds, and what it saw', async () => {
    const { code, stdout, stderr } = await run(PROGRAM, ['--only', 'tickets', '--json']);
    const report = JSON.parse(stdout);
    expect(report).toMatchObject({ cases: 2, held: 2, fell: 0 });
    expect(report.details.map(({ id }: { id: string }) => id)).toEqual([
      'tickets/replay',
      'tickets/guessing',
    ]);
    expect(code).toBe(0);
    expect(stderr).toContain('attack: 2 cases, 2 held, 0 fell');
  });

  it('names the cases that there are, for one that there is not', async () => {
    const { code, stderr } = await run(PROGRAM, ['--only', 'phishing']);
    expect(code).toBe(1);
    expect(stderr).toContain('bodies/flat-keys');
  });
});

describe('the cases', () => {
  it('have names of their own, of a family each', () => {
    const ids = CASES.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    for (const id of ids) expect(id).toMatch(/^[a-z]+\/[a-z0-9-]+$/);
  });

  it('have some of nearly every family that are short', () => {
    const short = CASES.filter((each) => each.short).map(({ id }) => id.split('/')[0]);
    expect([...new Set(short)].sort()).toEqual(
      [
        'agent',
        'bodies',
        'connections',
        'enrolment',
        'grpc',
        'requests',
        'rights',
        'slow',
        'texts',
        'tickets',
      ].sort(),
    );
  });
});

describe('a case that has fallen', () => {
  const findings = new Findings();
  findings.must(true, '60 of 180 stayed open');
  findings.must(false, 'another address got no answer');
  const result = { id: 'a/b', does: 'floods', holds: 'it serves', ms: 1, ...findings.finding };

  it('is counted, and says which part has fallen', () => {
    expect(reportOf([result, { ...result, held: true }])).toMatchObject({ cases: 2, held: 1, fell: 1 });
    expect(describeCase(result, picocolors.createColors(false))).toBe(
      [
        '✗ fell  a/b',
        '        does   floods',
        '        holds  it serves',
        '        seen   60 of 180 stayed open; FELL: another address got no answer',
      ].join('\n'),
    );
  });
});
