export type { EnrolmentSettings, EnrolmentsOptions } from './context.js';
export { Enrolments } from './enrolments.js';
export type {
  Gateway,
  Machine,
  MachinePage,
  MachineQuery,
  MachineRecord,
  MachineStore,
} from './machines/machine-store.js';
export type { EnrolmentFacts, EnrolmentObserver, MachineFacts } from './observer.js';
export type {
  ApproveCall,
  BeginRequest,
  DropPendingCall,
  EnrolmentBegun,
  EnrolmentPolled,
  EnrolmentView,
  Identity,
  LookUpCall,
  MachineCredentials,
  MachineProof,
  LegacyDeviceAnswer,
  LegacyDeviceSignCall,
  Operator,
  RedeemCall,
  RenewCall,
  RevokeCall,
  EnrolmentRef,
} from './use-case-types.js';
