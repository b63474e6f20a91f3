import { afterAll } from '@jest/globals';
import { machineStoreContract } from '@org/enrolment/testing';
import { databases, removeFiles } from '../support/databases.js';

afterAll(removeFiles);

for (const [name, open] of databases) {
  machineStoreContract(name, async () => {
    const store = await open();
    return { store: store.machines, close: () => store.close() };
  });
}
