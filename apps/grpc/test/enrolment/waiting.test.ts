import { afterEach, describe, expect, it } from '@jest/globals';
import type { EnrolmentPolled } from '@org/enrolment';
import { type Subscription, lastValueFrom, toArray } from 'rxjs';
import { Waiting } from '../../src/enrolment/waiting.js';

const polled = (state: EnrolmentPolled['state']): EnrolmentPolled => ({
  state,
  slowDown: false,
  intervalMs: 5_000,
  machineId: undefined,
});
const waiting = (more: { everyMs?: number; longestMs?: number } = {}) =>
  new Waiting({ overAll: 3, perAddress: 2, everyMs: 5, longestMs: 10_000, ...more });
const pending = async () => polled('pending');

const held: Subscription[] = [];
afterEach(() => {
  for (const each of held.splice(0)) each.unsubscribe();
});

describe('waiting devices', () => {
  it('have places over all and by address, and give them back', async () => {
    const places = waiting();
    const enter = (address: string) => {
      let refused: unknown;
      const place = places.states(address, pending).subscribe({ error: (error) => (refused = error) });
      held.push(place);
      return { place, refused };
    };
    const [first] = [enter('a'), enter('a')];
    expect(enter('a').refused).toMatchObject({ code: 'too_many_streams', details: { retryAfter: 30 } });
    const other = enter('b');
    expect(enter('c').refused).toMatchObject({ code: 'too_many_streams' });
    first!.place.unsubscribe();
    expect(enter('c').refused).toBeUndefined();
    other.place.unsubscribe();
    expect(enter('a').refused).toBeUndefined();
  });

  it('give their place back also when the look fails', async () => {
    const places = waiting();
    for (let i = 0; i < 10; i++)
      await expect(
        lastValueFrom(places.states('a', () => Promise.reject(new Error('lost')))),
      ).rejects.toThrow('lost');
  });

  it('are told changes only, and the last one', async () => {
    const states = [polled('pending'), polled('pending'), polled('expired')];
    const told = waiting().states('a', async () => states.shift()!);
    const seen = await lastValueFrom(told.pipe(toArray()));
    expect(seen.map(({ state }) => state)).toEqual(['pending', 'expired']);
  });

  it('do not wait for ever', async () => {
    const told = waiting({ longestMs: 20 }).states('a', pending);
    expect(await lastValueFrom(told.pipe(toArray()))).toHaveLength(1);
  });
});
