import { type JsonObject, describeError, logLineForPeople, printableLines } from '@org/domain';
import type { AgentSettings } from '@org/device/settings';
import { type DestinationStream, type Logger, pino } from 'pino';
import { withoutNodeAdvice } from '../output/node-advice.js';
import { note } from '../output/print.js';

export type { Logger };

/** JSON lines, or lines for people. Nothing that is a Secret can get into them, and codes are never handed to a logger. */
export function createLogger({ level, format, path }: AgentSettings['logging']): Logger {
  const lines = format === 'json' ? printableLines : logLineForPeople;
  const options = {
    level,
    base: undefined,
    timestamp: () => `,"time":"${new Date().toISOString()}"`,
    formatters: { level: (label: string) => ({ level: label }) },
    serializers: { err: (error: unknown): JsonObject => describeError(error) },
    hooks: { streamWrite: (line: string) => lines(withoutNodeAdvice(line)) },
  };
  return pino(options, destinationOf(path));
}

/** What waits for a disk that takes nothing; beyond it, lines are dropped. */
const MOST_WAITING = 64 * 1024;

/**
 * Written at once: what is said before a crash must not be in a buffer. A file that cannot be written does not end the
 * agent: the disk may be full, or not there yet.
 */
function destinationOf(path: string | undefined): DestinationStream {
  try {
    const options = { dest: path ?? 1, sync: true, mkdir: true, append: true, maxLength: MOST_WAITING };
    const destination = pino.destination(options);
    destination.once('error', ({ code }: NodeJS.ErrnoException) =>
      note(
        `warning: ${path ?? 'the standard output'}: the log cannot be written (${code}); the agent goes on without it`,
      ),
    );
    destination.on('error', () => undefined);
    return destination;
  } catch (cause) {
    const { code = 'unknown' } = cause as NodeJS.ErrnoException;
    if (path === undefined) throw cause;
    note(`warning: ${path}: the log cannot be written (${code}); it goes to the standard output`);
    return destinationOf(undefined);
  }
}
