export { Bootstrap, type BootstrapOptions } from './bootstrap/bootstrap.js';
export { BootstrapCache, type CachedConfiguration } from './bootstrap/cache.js';
export {
  type BrokerDefaults,
  type GatewayConfiguration,
  readConfiguration,
} from './bootstrap/configuration.js';
export { requestFor } from './csr.js';
export type {
  BeginRequest,
  PendingEnrolment,
  DeviceDescription,
  EnrolmentClient,
  Grant,
  Poll,
  RedeemRequest,
  RenewRequest,
} from './enrolment/client.js';
export { Enrolment, type EnrolmentStep, type ShownCode } from './enrolment/enrolment.js';
export { ServerError, isRefusal } from './enrolment/server-error.js';
export { isTransient } from './errors.js';
export { fileError } from './files/errors.js';
export { type Changes, type Contents, FileSet } from './files/file-set.js';
export type { FileFacts, FileSystem } from './files/file-system.js';
export { nodeFileSystem } from './files/node-file-system.js';
export { writePrivate } from './files/private-file.js';
export { type CheckedIdentity, checkIssued } from './identity/check.js';
export { IdentityStore } from './identity/identity-store.js';
export type { Identity, IdentityReport, IdentityState } from './identity/identity.js';
export type { BootstrapAccess, Issued } from './identity/issued.js';
export { machineCert } from './identity/machine-cert.js';
export type { Trust } from './identity/trust.js';
export { FileKeyStore } from './key-store/file-key-store.js';
export { Pkcs11KeyStore, type Pkcs11Options } from './key-store/pkcs11-key-store.js';
export { KEY_KINDS, type KeyKind, type KeyStore, type StoredKey, findKey } from './key-store/key-store.js';
export { type RenewalDecision, type RenewalFacts, decideRenewal, longestPause } from './renewal/decide.js';
export { Renewal, type RenewalStatus } from './renewal/renewal.js';
export type { RenewalAttempt, RenewalStep } from './renewal/state.js';
export type { AttemptResult, CandidateTester } from './renewal/two-phase.js';
export type { IdentityPaths } from './settings/settings.js';
export { askedPause, nextPause } from './timing/back-off.js';
export { ServerClock, clockHint } from './timing/server-clock.js';
