import { beforeEach, describe, expect, it } from '@jest/globals';
import { type ErrorCode, ProvisionError } from '@org/domain';
import { createLogger } from '../../src/index.js';
import { createOnLimit, limitOf } from '../../src/observability/limits.js';
import { Metrics } from '../../src/observability/metrics.js';

const MINUTE = 60_000;

describe('a limit that is reached', () => {
  let now: number;
  let lines: object[];
  let metrics: Metrics;
  let onLimit: ReturnType<typeof createOnLimit>;
  beforeEach(() => {
    now = 0;
    lines = [];
    metrics = new Metrics();
    const logger = createLogger('info', {
      destination: { write: (line) => void lines.push(JSON.parse(line) as object) },
    });
    onLimit = createOnLimit(logger, metrics, { now: () => now });
  });

  it('is counted every time, by its name', async () => {
    for (let times = 0; times < 3; times++) onLimit('pending_address');
    onLimit('connections');
    const text = await metrics.registry.metrics();
    expect(text).toContain('provision_limits_reached_total{limit="pending_address"} 3');
    expect(text).toContain('provision_limits_reached_total{limit="connections"} 1');
  });

  it('is logged once a minute, with who reached it and how often since the last line', () => {
    for (let times = 0; times < 5; times++) onLimit('connections', { address: '192.0.2.7', most: 2_000 });
    onLimit('pending');
    now = MINUTE;
    onLimit('connections', { setting: 'MG_PROVISION_MAX_CONNECTIONS' });
    const said = { level: 'warn', msg: 'limit reached' };
    expect(lines).toEqual([
      expect.objectContaining({ ...said, limit: 'connections', times: 1, address: '192.0.2.7', most: 2_000 }),
      expect.objectContaining({ ...said, limit: 'pending', times: 1 }),
      expect.objectContaining({ ...said, limit: 'connections', times: 5, setting: expect.any(String) }),
    ]);
  });
});

describe('the limit that an error tells of', () => {
  const error = (code: ErrorCode, details = {}) =>
    new ProvisionError({ kind: 'unavailable', code, message: 'later', details });

  it.each([
    [error('too_many_attempts', { limit: 'address' }), 'attempts_address'],
    [error('too_many_pending', { retryAfter: 5 }), 'pending'],
    [error('database_unavailable'), undefined],
    [new Error('too_many_pending'), undefined],
  ])('is known by its code: %s', (given, limit) => expect(limitOf(given)).toBe(limit));
});
