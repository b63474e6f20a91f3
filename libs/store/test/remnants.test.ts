import { afterAll } from '@jest/globals';
import { remnantsContract } from '@org/provisioning/testing';
import { openStore } from '../src/index.js';
import { newPath, openPostgres, removeFiles } from './support/databases.js';

afterAll(removeFiles);

remnantsContract('SQLite', async () => {
  const store = await openStore({ path: newPath(), key: undefined });
  return { remnants: store.remnants, now: Date.now, close: () => store.close() };
});

remnantsContract('PostgreSQL', async () => {
  const { store } = await openPostgres();
  return { remnants: store.remnants, now: Date.now, close: () => store.close() };
});
