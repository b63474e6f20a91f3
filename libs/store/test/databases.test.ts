import { expect, it } from '@jest/globals';
import { sampleMachine } from '@org/enrolment/testing';
import { openPostgres } from './support/databases.js';
import { dumpOfServer } from './support/dump.js';

it('a database that is used again is as it was when it was new', async () => {
  const { store, options } = await openPostgres();
  const before = await dumpOfServer(options.url);
  await store.machines.insert(sampleMachine());
  await store.certificates.recordIntents([
    {
      serial: '01',
      issuerId: 'a'.repeat(40),
      profile: 'device',
      machineId: 'machine-1',
      keyFingerprint: 'f',
      notBefore: 0,
      notAfter: 9,
      tbs: Buffer.from('to be signed'),
      recordedAt: 1,
    },
  ]);
  expect(await dumpOfServer(options.url)).not.toBe(before);
  await store.close();
  const again = await openPostgres();
  expect(again.options.url).toBe(options.url);
  expect(await dumpOfServer(options.url)).toBe(before);
  await again.store.close();
});
