export { type JournalUnderTest, journalContract } from './journal-contract.js';
export { MemoryJournal } from './memory-journal.js';
export { MemoryRemnants } from './memory-remnants.js';
export { type RemnantsUnderTest, remnantsContract } from './remnants-contract.js';
export { type Interference, MemoryPlatform, type Operation } from './memory-platform.js';
export { type PlatformUnderTest, platformContract } from './platform-contract.js';
export { sampleConfig, sampleLayout, samplePlan, sampleRequest, sampleSettings } from './samples.js';
