import { afterAll, expect, it } from '@jest/globals';
import { databases, removeFiles } from './support/databases.js';

afterAll(removeFiles);

it.each(databases)('%s tells how large the database is', async (_, open) => {
  const store = await open();
  // The schema alone has dozens of pages.
  expect(await store.sizeBytes()).toBeGreaterThan(100_000);
  await store.close();
});
