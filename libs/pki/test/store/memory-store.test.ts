import { MemoryCertificateStore } from '../../src/index.js';
import { certificateStoreContract } from '../../src/testing/index.js';

certificateStoreContract('memory', async () => ({
  store: new MemoryCertificateStore(),
  close: async () => undefined,
}));
