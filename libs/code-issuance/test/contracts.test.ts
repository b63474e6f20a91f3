import { MemoryCodeStore, codeStoreContract } from '../src/testing/index.js';

codeStoreContract('memory', async () => ({ store: new MemoryCodeStore(), close: async () => undefined }));
