export type { CodeFormat } from './code/code-format.js';
export { deviceMadeCode } from './code/device-made-code.js';
export { CODE_ALPHABET, crowdCode, enrolmentCode } from './code/enrolment-code.js';
export { keyFingerprint } from './code/key-fingerprint.js';
export { CodeIssuance, type CodeIssuanceOptions } from './code-issuance.js';
export type { OnDisplaced } from './context.js';
export type { HoldRequest } from './enrolment/approval.js';
export type { Pace } from './enrolment/pace.js';
export type { Approval, Enrolment, EnrolmentRecord } from './enrolment/record.js';
export { GUESSABLE_STATES, isFinal } from './enrolment/state.js';
export { enrolmentUnknown, ticketRefused } from './errors.js';
export type { Asked, LegacyCodes } from './legacy/legacy-codes.js';
export type { Attempter } from './limits/attempt-limits.js';
export { addressGroup, plainAddress, siteGroup } from './limits/address-group.js';
export { type Bucket, type Limit, type Taken, bucket, take } from './limits/bucket.js';
export { type CappedNetwork, addressPath, cappedNetworks } from './limits/address-path.js';
export {
  type Guessability,
  type GuessingQuestion,
  guessability,
  guessingProbability,
} from './limits/guessing.js';
export { type CapLevel, type Caps, type Crowd, type Load, fullNetwork, whoMakesRoom } from './limits/room.js';
export type { RandomSource } from './random.js';
export type { Redemption } from './redeeming.js';
export {
  type AttemptSettings,
  type CodeSettings,
  DEFAULT_SETTINGS,
  LEGACY_SETTINGS,
  type LegacySettings,
  type Terms,
} from './settings.js';
export type {
  Admission,
  Ask,
  AskAdmission,
  AskStore,
  AttemptStore,
  CodeStore,
  Displaced,
  EnrolmentQuery,
  EnrolmentStore,
  Insertion,
  Noting,
  PendingQuery,
} from './store/code-store.js';
export type {
  BeginRequest,
  StartedEnrolment,
  PollingCredentials,
  EnrolmentPage,
  Held,
  PendingPage,
  PendingSelection,
  Polled,
} from './use-case-types.js';
