import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { printable } from '@org/domain';

const run = promisify(execFile);

/** Tells the service manager how the agent is doing (sd_notify(3)). */
export interface Notify {
  ready(): void;
  /** A line for `systemctl status`. */
  status(text: string): void;
  stopping(): void;
  /** Ends the signs of life, and waits until everything has been told. */
  close(): Promise<void>;
}

interface NotifyOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Told once, when something could not be said to the service manager; it is said again with what comes next. */
  readonly onFailure: (error: Error) => void;
  /** Stands in for the program of systemd. */
  readonly program?: string;
}

const NOBODY: Notify = { ready() {}, status() {}, stopping() {}, close: async () => {} };

/**
 * Node has no datagram Unix sockets, which the protocol needs: systemd's own `systemd-notify` speaks it. The unit must
 * say `NotifyAccess=all`, as the sender is another process.
 *
 * @returns what does nothing, where no service manager wants to be told
 */
export function createNotify({ env, onFailure, program = 'systemd-notify' }: NotifyOptions): Notify {
  if (!env['NOTIFY_SOCKET']) return NOBODY;
  let isReported = false;
  const untold = new Map<string, string>();
  let told = Promise.resolve();
  // One after the other: a later state must not be overtaken by an earlier one.
  const send = (name: string, value: string): void => {
    told = told.then(async () => {
      untold.set(name, `${name}=${value}`);
      try {
        await run(program, [`--pid=${process.pid}`, ...untold.values()], { timeout: 5000 });
        untold.clear();
      } catch (error) {
        if (!isReported) onFailure(error as Error);
        isReported = true;
      }
    });
  };
  const watchdogMs = watchdogIntervalMs(env);
  const alive =
    watchdogMs === undefined ? undefined : setInterval(() => send('WATCHDOG', '1'), watchdogMs).unref();
  return {
    ready: () => send('READY', '1'),
    // Another line would be another statement to the service manager.
    status: (text) => send('STATUS', printable(text)),
    stopping: () => send('STOPPING', '1'),
    close() {
      clearInterval(alive);
      return told;
    },
  };
}

/**
 * A third of the time after which the service manager takes the agent for dead, so that one sign of life may be lost;
 * undefined when it does not watch.
 */
export function watchdogIntervalMs(env: Readonly<Record<string, string | undefined>>): number | undefined {
  const micros = Number(env['WATCHDOG_USEC']);
  const isOurs = !env['WATCHDOG_PID'] || env['WATCHDOG_PID'] === String(process.pid);
  return isOurs && micros > 0 ? Math.max(1, Math.floor(micros / 3000)) : undefined;
}
