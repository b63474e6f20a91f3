import { Secret } from '@org/domain';
import { MemoryJournal, MemoryPlatform, journalContract, platformContract } from '../src/testing/index.js';

journalContract('memory', async () => ({ journal: new MemoryJournal(), close: async () => undefined }));

platformContract('memory', async () => {
  const access = { domainId: 'd', token: { token: async () => new Secret('t') } };
  return { session: new MemoryPlatform().open(access), stranger: undefined, close: async () => undefined };
});
