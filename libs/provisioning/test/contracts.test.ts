import { MemoryJournal, MemoryPlatform, journalContract, platformContract } from '../src/testing/index.js';

journalContract('memory', async () => ({ journal: new MemoryJournal(), close: async () => undefined }));

platformContract('memory', async () => {
  const { Secret } = await import('@org/domain');
  const access = { domainId: 'd', token: { token: async () => new Secret('t') } };
  return { session: new MemoryPlatform().open(access), stranger: undefined, close: async () => undefined };
});
