import { describe, expect, it } from '@jest/globals';
import { Metrics } from '../../src/observability/metrics.js';
import { watchEnrolments, watchIssued, watchRuns } from '../../src/observability/stored-metrics.js';

const DAY_MS = 86_400_000;

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
    const enrolments = counted({ pending: 3 });
    watchEnrolments(metrics, {
      countEnrolments: enrolments.counts,
      countMachines: async () => ({ active: 5, revoked: 1 }),
    });
    const text = await metrics.registry.metrics();
    for (const line of ['enrolments{state="pending"} 3', 'enrolments{state="redeeming"} 0'])
      expect(text).toContain(`provision_${line}`);
    for (const line of ['machines{state="active"} 5', 'machines{state="revoked"} 1'])
      expect(text).toContain(`provision_${line}`);
    expect(enrolments.looks.now).toBe(1);
    await metrics.registry.metrics();
    expect(enrolments.looks.now).toBe(2);
  });

  it('shows which certificates in use end soon, those that end sooner among them, and which have ended', async () => {
    const metrics = new Metrics();
    const asked: unknown[] = [];
    watchIssued(metrics, {
      certificates: {
        countEnding: async (profile, bounds) => {
          asked.push([profile, bounds.map((at) => at / DAY_MS)]);
          return profile === 'device' ? [4, 1, 2, 5] : [0, 0, 0, 1];
        },
      },
      clock: { now: () => 100 * DAY_MS },
    });
    const text = await metrics.registry.metrics();
    for (const line of [
      'expiring{profile="device",within="1d"} 1',
      'expiring{profile="device",within="7d"} 3',
      'expiring{profile="device",within="30d"} 8',
      'expiring{profile="client",within="30d"} 1',
      'expired{profile="device"} 4',
    ])
      expect(text).toContain(`provision_certificates_${line}`);
    const bounds = [70, 100, 101, 107, 130];
    expect(asked).toEqual([
      ['device', bounds],
      ['client', bounds],
    ]);
  });

  it('shows runs and leftovers as one look finds them', async () => {
    const metrics = new Metrics();
    const journal = counted({ running: 2, removing: 1, settling: 0, leftovers: 7 });
    watchRuns(metrics, { journal, remnants: { count: async () => 3 } });
    const text = await metrics.registry.metrics();
    expect(text).toContain('provision_journal_runs{state="running"} 2');
    expect(text).toContain('provision_leftovers 7');
    expect(text).toContain('provision_remnants 3');
    expect(journal.looks.now).toBe(1);
  });

  it('leaves out what cannot be read while the database is away, and says that it is', async () => {
    const metrics = new Metrics();
    let isOut = false;
    const looks = { now: 0 };
    const away =
      <T>(counts: T) =>
      async () => {
        looks.now += 1;
        await new Promise((resolve) => setTimeout(resolve, 5));
        if (isOut) throw new Error('the database is out of order');
        return counts;
      };
    watchRuns(metrics, {
      journal: { counts: away({ running: 2, removing: 0, settling: 0, leftovers: 4 }) },
      remnants: { count: away(5) },
    });
    watchEnrolments(metrics, {
      countEnrolments: away({ pending: 3 }),
      countMachines: async () => ({ active: 5 }),
    });
    const read = /^provision_(journal_runs|leftovers|remnants|enrolments)\b.* \d+$/gm;
    const up = await metrics.registry.metrics();
    expect(up).toMatch(/^provision_database_up 1$/m);
    expect(up.match(read)).toHaveLength(3 + 1 + 1 + 4);
    isOut = true;
    looks.now = 0;
    const scrapes = await Promise.all([metrics.registry.metrics(), metrics.registry.metrics()]);
    for (const text of scrapes) {
      expect(text).toMatch(/^provision_database_up 0$/m);
      expect(text).toMatch(/^process_cpu_seconds_total \d/m);
      expect(text.match(read)).toBeNull();
    }
    // One of each kind, at the same time: a database that is away takes its time to say nothing.
    expect(looks.now).toBe(3);
    isOut = false;
    const again = await metrics.registry.metrics();
    expect(again).toMatch(/^provision_database_up 1$/m);
    expect(again.match(read)).toEqual(up.match(read));
  });
});
