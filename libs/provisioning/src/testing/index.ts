export { journalContract } from './journal-contract.js';
export { MemoryJournal } from './memory-journal.js';
export { MemoryRemnants } from './memory-remnants.js';
export { remnantsContract } from './remnants-contract.js';
export { MemoryPlatform, type Operation } from './memory-platform.js';
export { platformContract } from './platform-contract.js';
export { sampleLayout, samplePlan, sampleRequest, sampleSettings } from './samples.js';
