import { isProvisionError } from './errors.js';
import type { JsonObject } from './json.js';

/**
 * An error for a log: name, kind, code, message, details or stack, and its causes; never whatever else hangs on it,
 * which may hold a request's body.
 */
export function describeError(error: unknown): JsonObject {
  if (!(error instanceof Error)) return { message: `a thrown ${typeof error}` };
  const own: JsonObject = { type: error.name, message: error.message };
  // Deliberate errors say where they come from by their code; of others the stack is all there is.
  if (isProvisionError(error)) {
    Object.assign(own, { kind: error.kind, code: error.code });
    if (error.details) own['details'] = error.details;
  } else if (error.stack !== undefined) own['stack'] = error.stack;
  return error.cause === undefined ? own : { ...own, cause: describeError(error.cause) };
}
