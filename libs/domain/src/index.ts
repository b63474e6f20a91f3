export { type Clock, systemClock } from './clock.js';
export { parseDuration } from './duration.js';
export { type ErrorKind, type ErrorOptions, ProvisionError, isProvisionError } from './errors.js';
export { type IdSource, randomIds } from './ids.js';
export type { JsonObject, JsonValue } from './json.js';
export { REDACTED, Secret } from './secret.js';
