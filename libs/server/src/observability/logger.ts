import { type DestinationStream, type Logger, pino } from 'pino';
import { type JsonObject, isProvisionError } from '@org/domain';
import { requestContext } from './request-context.js';

export type { Logger };

/**
 * JSON lines, one per event, each with the id of its request. Errors are written as kind, code, message,
 * details and stack; never with whatever else hangs on them, which may hold a request's body.
 */
export function createLogger(level: string, destination?: DestinationStream): Logger {
  const options = {
    level,
    base: { service: 'provision' },
    mixin: () => {
      const context = requestContext.getStore();
      return context ? { request_id: context.requestId } : {};
    },
    timestamp: () => `,"time":"${new Date().toISOString()}"`,
    formatters: { level: (label: string) => ({ level: label }) },
    serializers: { err: serialiseError },
  };
  return destination ? pino(options, destination) : pino(options);
}

function serialiseError(error: unknown): JsonObject {
  if (!(error instanceof Error)) return { message: `a thrown ${typeof error}` };
  const own: JsonObject = { type: error.name, message: error.message };
  // Deliberate errors say where they come from by their code; of others the stack is all there is.
  if (isProvisionError(error))
    Object.assign(own, { kind: error.kind, code: error.code, details: error.details });
  else Object.assign(own, { stack: error.stack });
  return error.cause === undefined ? own : { ...own, cause: serialiseError(error.cause) };
}
