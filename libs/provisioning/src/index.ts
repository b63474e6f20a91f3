export { type Certificates, createCertificates } from './certificates/issue.js';
export type {
  BeginOutcome,
  Claim,
  Found,
  Idempotency,
  RunJournal,
  NewRemoval,
  NewRun,
  Postponed,
  Run,
  RunState,
  UnfinishedRemoval,
} from './journal/journal.js';
export type { Leftover } from './journal/leftover.js';
export type { Plan, ProvisioningSettings } from './plan/plan.js';
export type { Made } from './plan/removal.js';
export { type ProvisionRequest, REQUEST_BYTES, checkRequest } from './plan/request.js';
export type {
  Access,
  SlotBinding,
  CertificateFiles,
  IssuedCertificate,
  NewChannel,
  NewClient,
  NewConfiguration,
  Platform,
  PlatformSession,
  Remaining,
  Removed,
  TokenSource,
} from './platform/platform.js';
export { type ProvisionCall, Provisioner, type RemoveCall } from './provisioner.js';
export type { Remnant, Remnants, RemnantsQuery, RunRemnants } from './remnants/remnants.js';
export { callerToken, missingCredentials } from './saga/credentials.js';
export { ProvisioningFailed } from './saga/failure.js';
export type { Observer, RunOutcome } from './saga/observer.js';
export type { RunFacts } from './saga/run-facts.js';
export type { ProvisionResult } from './saga/result.js';
export type { StepName } from './steps/step.js';
