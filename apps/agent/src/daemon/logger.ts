import { type JsonObject, ProvisionError, describeError } from '@org/domain';
import type { AgentSettings } from '@org/device/settings';
import { type DestinationStream, type Logger, pino } from 'pino';
import { textLines } from './log-text.js';

export type { Logger };

/**
 * JSON lines, or lines for people. Nothing that is a Secret can get into them, and codes are never handed to a logger.
 *
 * @throws ProvisionError `invalid` (`log_unwritable`) when the log file cannot be opened
 */
export function createLogger({ level, format, path }: AgentSettings['logging']): Logger {
  const options = {
    level,
    base: undefined,
    timestamp: () => `,"time":"${new Date().toISOString()}"`,
    formatters: { level: (label: string) => ({ level: label }) },
    serializers: { err: (error: unknown): JsonObject => describeError(error) },
  };
  const destination = destinationOf(path);
  return pino(options, format === 'json' ? destination : textLines(destination));
}

/** Written at once: what is said before a crash must not be in a buffer. */
function destinationOf(path: string | undefined): DestinationStream {
  try {
    return pino.destination({ dest: path ?? 1, sync: true, mkdir: true, append: true });
  } catch (cause) {
    throw new ProvisionError({
      kind: 'invalid',
      code: 'log_unwritable',
      message: `${path}: the log file cannot be written (${(cause as NodeJS.ErrnoException).code}); see logging.path`,
      cause,
    });
  }
}
