import { constants } from 'node:os';
import { Cleanup } from './cleanup.js';

const STOPPING = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** A command while it runs. */
interface Running {
  readonly cleanup: Cleanup;
  /** Waits for the signal that ends the command, which is then how it is meant to end. */
  untilStopped(): Promise<number>;
}

/** Runs a command to its exit code. A signal ends it early; what it started is undone on every path. */
export async function runCommand(work: (running: Running) => Promise<number>): Promise<never> {
  const cleanup = new Cleanup();
  let wished = false;
  const stopped = new Promise<number>((resolve) => {
    for (const signal of STOPPING)
      process.once(signal, () => resolve(wished ? 0 : 128 + constants.signals[signal]));
    // A defect; or no one reads any more, as behind `| head`.
    process.on('uncaughtException', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') report(error);
      resolve(1);
    });
  });
  const untilStopped = () => {
    wished = true;
    return stopped;
  };
  let code = 1;
  try {
    code = await Promise.race([work({ cleanup, untilStopped }), stopped]);
  } catch (error) {
    report(error);
  }
  await cleanup.run();
  process.exit(code);
}

function report(error: unknown): void {
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  process.stderr.write(`error: ${text}\n`);
}
