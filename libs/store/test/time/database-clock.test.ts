import { afterAll, describe, expect, it } from '@jest/globals';
import { type Clock, systemClock } from '@org/domain';
import { openStore } from '../../src/index.js';
import { DatabaseClock } from '../../src/time/database-clock.js';
import { newKey, newPath, newPostgresUrl, removeFiles } from '../support/databases.js';

afterAll(removeFiles);

const NOON = 1_790_000_000_000;

/** A machine whose steady clock a test moves, and a server whose answers take a while. */
function setting() {
  const machine = { time: 5_000, answerMs: 2, serverIsAhead: NOON };
  const local: Clock = {
    now: () => {
      throw new Error('the time of day of this machine does not matter');
    },
    monotonic: () => machine.time,
    sleep: async () => undefined,
  };
  const clock = new DatabaseClock(local, async () => {
    machine.time += machine.answerMs / 2;
    const said = machine.time + machine.serverIsAhead;
    machine.time += machine.answerMs / 2;
    return said;
  });
  const wrongBy = () => clock.now() - (machine.time + machine.serverIsAhead);
  return { machine, clock, wrongBy };
}

describe("the database's clock", () => {
  it('goes on by itself, exact to half of what an answer takes', async () => {
    const { machine, clock, wrongBy } = setting();
    machine.answerMs = 40;
    await clock.set();
    machine.time += 3_600_000.4;
    expect(Math.abs(wrongBy())).toBeLessThanOrEqual(20);
    expect(Number.isInteger(clock.now())).toBe(true);
  });

  it('does not believe a slow answer more than a quick one, until that is long ago', async () => {
    const { machine, clock, wrongBy } = setting();
    await clock.set();
    // All of the way back, for which the middle is wrong by half a second.
    const slow = async () => {
      const { serverIsAhead } = machine;
      machine.answerMs = 1_000;
      machine.serverIsAhead -= 500;
      await clock.set();
      machine.serverIsAhead = serverIsAhead;
    };
    await slow();
    expect(Math.abs(wrongBy())).toBeLessThanOrEqual(1);
    machine.time += 3_600_000;
    await slow();
    expect(Math.abs(wrongBy())).toBe(500);
  });

  it('follows at once when the server’s clock is set, or this machine stood still', async () => {
    const { machine, clock, wrongBy } = setting();
    await clock.set();
    machine.serverIsAhead += 3_600_000;
    machine.answerMs = 400;
    await clock.set();
    expect(Math.abs(wrongBy())).toBeLessThanOrEqual(200);
  });
});

describe('the clock of a store', () => {
  it('is PostgreSQL’s, whatever this machine’s says', async () => {
    const clock = { ...systemClock, now: () => Date.now() + 300_000 };
    const store = await openStore({ url: await newPostgresUrl(), path: '', key: newKey(), clock });
    // The server of the tests is on this machine.
    expect(Math.abs(store.clock.now() - Date.now())).toBeLessThan(150_000);
    expect(Math.abs((await store.codes.now()) - Date.now())).toBeLessThan(150_000);
    await store.close();
  });

  it('is the machine’s where the state is a file: processes that share it share the machine', async () => {
    const store = await openStore({ path: newPath(), key: undefined });
    expect(store.clock).toBe(systemClock);
    await store.close();
  });
});
