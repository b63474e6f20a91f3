import { describe, expect, it } from '@jest/globals';
import { ProvisionError } from '@org/domain';
import { createLogger } from '../../src/index.js';
import { createEnrolmentObserver } from '../../src/observability/enrolment-observer.js';
import { Metrics } from '../../src/observability/metrics.js';
import { createObserver } from '../../src/observability/observer.js';
import { logTroubles } from '../../src/observability/trouble.js';

function capture() {
  const lines: string[] = [];
  const logger = createLogger('info', { destination: { write: (line: string) => void lines.push(line) } });
  const messages = () => lines.map((line) => (JSON.parse(line) as { msg: string }).msg);
  return { logger, lines, messages };
}
const outage = () =>
  new ProvisionError({
    kind: 'ambiguous',
    code: 'database_unavailable',
    message: 'the database does not answer',
    cause: Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:5432', { cause: new Error('socket') }), {
      code: 'ECONNREFUSED',
    }),
  });

describe('a trouble that lasts', () => {
  it('is said when it begins, and once a minute from then on', () => {
    const { logger, messages } = capture();
    let now = 0;
    const trouble = logTroubles(logger, { now: () => now });
    for (; now < 180_000; now += 1_000) trouble('recovery', outage());
    expect(messages()).toEqual(Array(3).fill('recovery failed; retrying'));
  });

  it('hides no other', () => {
    const { logger, messages } = capture();
    const trouble = logTroubles(logger);
    trouble('recovery', outage());
    trouble('sweep of enrolments', outage());
    trouble('recovery', new TypeError('no such thing'));
    expect(messages()).toEqual([
      'recovery failed; retrying',
      'sweep of enrolments failed; retrying',
      'recovery failed; retrying',
    ]);
  });

  it('is not repeated by provisioning and enrolment', () => {
    const { logger, messages } = capture();
    const metrics = new Metrics();
    for (const observer of [createObserver(logger, metrics), createEnrolmentObserver(logger, metrics)])
      for (let time = 0; time < 10; time += 1) observer.trouble!('some upkeep', outage());
    expect(messages()).toHaveLength(2);
  });

  it('with the database is told by its cause, in few words', () => {
    const { logger, lines } = capture();
    logTroubles(logger)('recovery', outage());
    expect((JSON.parse(lines[0]!) as { err: object }).err).toEqual({
      type: 'ProvisionError',
      kind: 'ambiguous',
      code: 'database_unavailable',
      message: 'the database does not answer',
      cause: { code: 'ECONNREFUSED', message: 'connect ECONNREFUSED 127.0.0.1:5432' },
    });
  });
});
