import { type DestinationStream, type Logger, pino } from 'pino';
import { type JsonObject, describeError, isProvisionError, printableLines } from '@org/domain';
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
    serializers: { err: describe },
    hooks: { streamWrite: printableLines },
  };
  return destination ? pino(options, destination) : pino(options);
}

/** While the database is away every line would hold the stacks of its driver, which say no more than its message. */
function describe(error: unknown): JsonObject {
  const described = describeError(error);
  if (!isProvisionError(error) || error.code !== 'database_unavailable') return described;
  const { message = '', code = '' } = (error.cause ?? {}) as {
    readonly message?: string;
    readonly code?: string;
  };
  return { ...described, cause: { message, code } };
}
