import { describe, expect, it } from '@jest/globals';
import { Metrics } from '../../src/observability/metrics.js';

/** Something that is counted: as slowly as a database, and how often. */
function counted<T>(counts: T) {
  const looks = { now: 0 };
  const look = async () => {
    looks.now += 1;
    await new Promise((resolve) => setTimeout(resolve, 5));
    return counts;
  };
  return { looks, counts: look };
}

describe('a scrape', () => {
  it('shows enrolments and machines as one look finds them', async () => {
    const metrics = new Metrics();
    const enrolments = counted({ enrolments: { pending: 3 }, machines: { active: 5, revoked: 1 } });
    metrics.watchEnrolments(enrolments);
    const text = await metrics.registry.metrics();
    for (const line of ['enrolments{state="pending"} 3', 'enrolments{state="redeeming"} 0'])
      expect(text).toContain(`provision_${line}`);
    for (const line of ['machines{state="active"} 5', 'machines{state="revoked"} 1'])
      expect(text).toContain(`provision_${line}`);
    expect(enrolments.looks.now).toBe(1);
    await metrics.registry.metrics();
    expect(enrolments.looks.now).toBe(2);
  });

  it('shows runs and leftovers as one look finds them', async () => {
    const metrics = new Metrics();
    const journal = counted({ running: 2, removing: 1, settling: 0, leftovers: 7 });
    metrics.watch(journal);
    const text = await metrics.registry.metrics();
    expect(text).toContain('provision_journal_runs{state="running"} 2');
    expect(text).toContain('provision_leftovers 7');
    expect(journal.looks.now).toBe(1);
  });

  it('looks again after a look that failed', async () => {
    const metrics = new Metrics();
    let isOut = true;
    metrics.watch({
      counts: async () => {
        if (isOut) throw new Error('the database is out of order');
        return { running: 0, removing: 0, settling: 0, leftovers: 4 };
      },
    });
    await expect(metrics.registry.metrics()).rejects.toThrow('out of order');
    isOut = false;
    expect(await metrics.registry.metrics()).toContain('provision_leftovers 4');
  });
});
