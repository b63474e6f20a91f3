import { MemoryMachineStore, machineStoreContract } from '../../src/testing/index.js';

machineStoreContract('memory', async () => ({
  store: new MemoryMachineStore(),
  close: async () => undefined,
}));
