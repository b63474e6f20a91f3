export type { CallRecord } from './calls.js';
export { DOMAIN_ROLES, type DomainRole } from './domains/roles.js';
export type { AddedDomain, AddedUser, Emulator, EmulatorOptions, ServiceName } from './emulator.js';
export { provisionEnvironment } from './environment.js';
export type { Fault, Faults } from './faults/faults.js';
export { FAULT_ACTIONS, type FaultAction, type FaultRule } from './faults/rule.js';
export type { Inventory } from './inventory.js';
export { GRPC_OPERATIONS, type HttpService, OPERATIONS } from './operations.js';
export { startEmulator } from './start.js';
