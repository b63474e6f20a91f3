import { afterAll, describe, expect, it } from '@jest/globals';
import { runFaults } from '../../faults/run.js';
import { folders } from '../support/folder.js';

const disk = folders();
afterAll(() => disk.remove());

describe('an agent that is killed', () => {
  // A sample; `npm run faults:agent` takes every step.
  it('comes to one identity and is one machine, whichever step it was at', async () => {
    const outcomes = await runFaults({ folder: disk.make(), lanes: 2, every: 31 });
    expect(outcomes.filter(({ problems }) => problems.length > 0)).toEqual([]);
    const killed = outcomes.flatMap(({ phase, killed: what }) => (what === undefined ? [] : [phase]));
    expect(killed.filter((phase) => phase === 'enrol').length).toBeGreaterThan(3);
    expect(killed.filter((phase) => phase === 'renew').length).toBeGreaterThan(2);
  });
});
