import { afterAll, describe, expect, it } from '@jest/globals';
import { auditStore, type IssuanceIntent } from '@org/pki';
import { certificateStoreContract } from '@org/pki/testing';
import { openStore } from '../../src/index.js';
import { newKey, newPath, newPostgresUrl, removeFiles } from '../support/databases.js';

afterAll(removeFiles);

certificateStoreContract('SQLite', async () => {
  const store = await openStore({ path: newPath(), key: undefined });
  return { store: store.certificates, close: () => store.close() };
});

certificateStoreContract('PostgreSQL', async () => {
  const store = await openStore({ url: await newPostgresUrl(), path: '', key: newKey() });
  return { store: store.certificates, close: () => store.close() };
});

let serials = 0;
