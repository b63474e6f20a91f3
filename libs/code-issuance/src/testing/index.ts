export { type CodeStoreUnderTest, codeStoreContract } from './code-store-contract.js';
export { MemoryCodeStore } from './memory-code-store.js';
export { NO_CAPS, sampleFullRecord, sampleRecord } from './samples.js';
