export { type Clock, systemClock } from './clock.js';
export { describeError } from './describe-error.js';
export { GO_DURATION, parseDuration } from './duration.js';
export { ERROR_CODES, type ErrorCode } from './error-codes.js';
export {
  type ErrorKind,
  type ErrorOptions,
  ProvisionError,
  inField,
  invalid,
  isProvisionError,
} from './errors.js';
export { type IdSource, randomIds } from './ids.js';
export { logLineForPeople } from './text/log-line.js';
export { type JsonObject, type JsonValue, isJsonObject } from './json.js';
export { isLoopback } from './loopback.js';
export { PRINTABLE, printable, printableLines } from './printable.js';
export { HeldLease, type Lease, leaseLost } from './lease/lease.js';
export { LeaseKeeper, type LeaseKeeperOptions } from './lease/lease-keeper.js';
export type {
  DeviceFacts,
  EnrolmentState,
  KeyBinding,
  Leftover,
  MachineState,
  RevocationReason,
} from './model.js';
export { COUNTED_AT_MOST, type Position } from './position.js';
export {
  type Problem,
  Report,
  type Saying,
  type ConfigLocation,
  type Warning,
  formatProblem,
} from './problem.js';
export {
  PROXY_WANTED,
  type Proxy,
  type ProxyAddress,
  type ProxySettings,
  parseNoProxy,
  parseProxy,
  proxyFor,
  proxyName,
} from './proxy.js';
export { type PostgresHosts, readPostgresUrl } from './postgres-url.js';
export { REDACTED, Secret } from './secret.js';
export { nearest } from './text/nearest.js';
export { type PemBlock, isCertificate, isDer, isPrivateKey, readPem, toPem } from './text/pem.js';
export { type RawText, type TextPlace, readLine, readText, withoutLineEnds } from './text/read-text.js';
