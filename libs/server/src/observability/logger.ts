import { type DestinationStream, type Logger, pino } from 'pino';
import {
  type JsonObject,
  describeError,
  isProvisionError,
  logLineForPeople,
  printableLines,
} from '@org/domain';
import { activeSpan } from '../tracing/tracer.js';
import { requestContext } from './request-context.js';

export type { Logger };

interface LoggerOptions {
  /** Tells the apps apart; `provision` by default. */
  readonly service?: string;
  /** `auto`, the default: text on a terminal, else JSON. */
  readonly format?: 'auto' | 'json' | 'text';
  /** Standard output by default. */
  readonly destination?: DestinationStream;
}

/**
 * Lines, one per event, each with the id of its request, and of its trace where there is one. Errors are written as kind, code, message,
 * details and stack; never with whatever else hangs on them, which may hold a request's body.
 */
export function createLogger(
  level: string,
  { service = 'provision', format = 'auto', destination }: LoggerOptions = {},
): Logger {
  const isText = format === 'text' || (format === 'auto' && !destination && process.stdout.isTTY);
  const options = {
    level,
    base: { service },
    mixin: () => {
      const context = requestContext.getStore();
      const traceId = activeSpan.getStore()?.traceId;
      return { ...(context && { request_id: context.requestId }), ...(traceId && { trace_id: traceId }) };
    },
    timestamp: () => `,"time":"${new Date().toISOString()}"`,
    formatters: { level: (label: string) => ({ level: label }) },
    serializers: { err: describe },
    hooks: { streamWrite: isText ? logLineForPeople : printableLines },
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
