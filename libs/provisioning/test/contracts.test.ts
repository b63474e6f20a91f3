import { Secret, leaseLost } from '@org/domain';
import {
  MemoryJournal,
  MemoryPlatform,
  MemoryRemnants,
  journalContract,
  platformContract,
  remnantsContract,
} from '../src/testing/index.js';
import { ManualClock } from './harness.js';

journalContract('memory', async () => {
  const clock = new ManualClock();
  const journal = new MemoryJournal(clock);
  return { journal, advance: (ms) => clock.advance(ms), close: async () => undefined };
});

remnantsContract('memory', async () => ({
  remnants: new MemoryRemnants(),
  now: Date.now,
  close: async () => undefined,
}));

platformContract('memory', async () => {
  const access = { domainId: 'd', token: { token: async () => new Secret('t') } };
  const platform = new MemoryPlatform();
  const lost = {
    assertHeld: () => {
      throw leaseLost();
    },
  };
  return {
    session: platform.open(access),
    stranger: undefined,
    reader: undefined,
    late: platform.open({ ...access, lease: lost }),
    close: async () => undefined,
  };
});
