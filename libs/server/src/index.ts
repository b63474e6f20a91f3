export type { BuiltinAuthority } from './authority/builtin-authority.js';
export { ED25519_WARNING, authorityStoreOf } from './authority/configured-authority.js';
export { deviceProfile } from './authority/device-profile.js';
export { type ServerProfileOptions, serverProfile } from './authority/server-profile.js';
export type { ServerCertificate } from './authority/server-certificate.js';
export type { Callers } from './callers/callers.js';
export { OPERATIONS, type Rule, type Who, ruleFor } from './callers/operations.js';
export { type NewOperatorToken, createOperatorToken } from './callers/operator-tokens.js';
export type { CertificateCall, Certificates } from './certificates/issue.js';
export { namingSetting, openConfiguredStore } from './configuration/open-store.js';
export { type HostEnvironment, readConfiguration } from './configuration/read.js';
export {
  ConnectionGuard,
  type ConnectionGuardOptions,
  type GuardedRequest,
} from './edge/connection-guard.js';
export { affordableConnections } from './edge/open-files.js';
export { type Origin, type OriginReader, type Peer, assertPrivate, originReader } from './edge/origin.js';
export {
  type UnfinishedBounds,
  type UnfinishedRequest,
  UnfinishedRequests,
} from './edge/unfinished-requests.js';
export type { BuildFacts, Check, Health, Readiness } from './health.js';
export { type LimitFacts, type OnLimit, limitOf } from './observability/limits.js';
export { type Logger, createLogger } from './observability/logger.js';
export type { Metrics } from './observability/metrics.js';
export { EXIT, EXIT_CODES } from './program/exit-codes.js';
export { type Listening, type ServerProgramOptions, runServerProgram } from './program/server-program.js';
export { type RequestContext, requestContext } from './observability/request-context.js';
export { type Server, type ServerOptions, openServer } from './server.js';
export { VERSION } from './version.js';
