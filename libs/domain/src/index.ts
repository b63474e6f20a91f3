export { type Clock, systemClock } from './clock.js';
export { describeError } from './describe-error.js';
export { parseDuration } from './duration.js';
export { type ErrorKind, type ErrorOptions, ProvisionError, inField, isProvisionError } from './errors.js';
export { type IdSource, randomIds } from './ids.js';
export type { JsonObject, JsonValue } from './json.js';
export { PRINTABLE, printable, printableLines } from './printable.js';
export { type Problem, Report, type Saying, type Subject, type Warning, formatProblem } from './problem.js';
export { REDACTED, Secret } from './secret.js';
