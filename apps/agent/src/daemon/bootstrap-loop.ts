import { nextPause } from '@org/device';
import type { DaemonOptions } from './options.js';

const PAUSES = { baseMs: 60e3, capMs: 3600e3 };

/** Gets the bootstrap configuration, however long that takes; ends when it is there, or when there is none to get. */
export async function keepBootstrapped(
  { device, log, state }: DaemonOptions,
  signal: AbortSignal,
): Promise<void> {
  for (let pauseMs: number | undefined; !signal.aborted;) {
    try {
      const bootstrap = await device.bootstrap();
      state.bootstrap = bootstrap && 'waiting';
      if (!bootstrap) return;
      const { configuration, from, problem } = await bootstrap.load({ signal });
      state.bootstrap = 'loaded';
      log.info({ domain_id: configuration.domainId, from }, 'bootstrap configuration loaded');
      if (problem) log.warn({ err: problem }, 'saving the bootstrap configuration failed');
      return;
    } catch (error) {
      if (signal.aborted) return;
      state.bootstrap = 'failing';
      pauseMs = nextPause({ ...PAUSES, previousMs: pauseMs, random: Math.random });
      log.warn(
        { err: error, retry_in_s: Math.round(pauseMs / 1000) },
        'bootstrap configuration not available; retrying',
      );
      await device.clock.sleep(pauseMs, signal).catch(() => undefined);
    }
  }
}
