export { machineStoreContract } from './machine-store-contract.js';
export { MemoryMachineStore } from './memory-machine-store.js';
export { sampleFullMachine, sampleMachine } from './samples.js';
