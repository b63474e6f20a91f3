import { describe, expect, it } from '@jest/globals';
import { checkClock } from '../src/clock-check.js';
import { checkReadiness } from '../src/health.js';

describe('readiness', () => {
  const clock = (offsetMs: number) => checkReadiness({ clock: () => checkClock(offsetMs, 30_000) });

  it('says nothing of a clock that is about right', async () => {
    expect(await clock(-900)).toEqual({
      ready: true,
      checks: [{ name: 'clock', status: 'pass', ms: expect.any(Number) }],
    });
  });

  it('warns of one that is off', async () => {
    const [ahead, behind] = [await clock(16_000), await clock(-2_500)];
    expect(ahead).toMatchObject({ ready: true, checks: [{ status: 'pass' }] });
    expect(ahead.checks[0]!.warning).toBe(
      "this machine's clock is 16.0 s ahead of the database's; set both by NTP",
    );
    expect(behind.checks[0]!.warning).toContain('2.5 s behind');
  });

  it('ends where it is off by more than the setting allows', async () => {
    expect(await clock(300_000)).toMatchObject({
      ready: false,
      checks: [{ status: 'fail', reason: expect.stringContaining('300.0 s ahead of') }],
    });
  });

  it('does not repeat what other services answer', async () => {
    const { checks } = await checkReadiness({ clients: async () => ({ status: 'pass' }) });
    expect(checks).toEqual([{ name: 'clients', status: 'pass', ms: expect.any(Number) }]);
  });
});
