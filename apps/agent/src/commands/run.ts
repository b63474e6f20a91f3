import type { AgentSettings } from '@org/device/settings';
import { formatProblem } from '@org/domain';
import { runDaemon } from '../daemon/daemon.js';
import { type Logger, createLogger } from '../daemon/logger.js';
import { type Notify, createNotify } from '../daemon/notify.js';
import { startServices } from '../daemon/services.js';
import { DaemonState } from '../daemon/state.js';
import type { Device, DeviceEvents } from '../device/device.js';
import { withDeviceAsLeft } from '../device/work.js';
import { EXIT } from '../exit-codes.js';
import { skewText } from '../output/skew-text.js';
import { type Where, readSettings } from '../settings/read.js';
import { defaultServerText } from '../settings/default-server.js';
import { stopSignal } from '../stop-signal.js';
import { VERSION } from '../version.js';

/** `provision-agent run` */
export async function run(where: Where): Promise<number> {
  const { settings, warnings, path } = readSettings(where);
  const log = createLogger(settings.logging);
  log.info({ version: VERSION, settings: path, pid: process.pid }, 'the agent starts');
  for (const warning of warnings) log.warn(formatProblem(warning));
  const unset = defaultServerText(settings);
  if (unset !== undefined) log.warn(unset);
  const signal = stopSignal();
  const notify = createNotify({
    env: process.env,
    onFailure: (error) => log.warn({ err: error }, 'notifying the service manager failed'),
  });
  try {
    return await withDeviceAsLeft(
      settings,
      'run',
      (device) => serve({ settings, device, log, notify }, signal),
      eventsTo(log),
    );
  } finally {
    await notify.close();
    log.info('the agent has stopped');
  }
}

const eventsTo = (log: Logger): DeviceEvents => ({
  onFallBack: () =>
    log.warn('the server has no EnrolmentService; falling back to the HTTP API at provisioning.server_url'),
  onDeprovisioned: (machineId, farewell) => {
    const facts = { machine_id: machineId, ...(typeof farewell === 'object' && { err: farewell }) };
    if (farewell === 'told') log.info(facts, 'identity removed, and the server notified');
    else log.warn(facts, 'identity removed, but the server could not be notified: revoke the machine there');
  },
  onSkew: (skewMs) => {
    const facts = { clock_skew_s: Math.round(skewMs / 1000) };
    if (skewMs === 0) log.info(facts, 'the clock of this device is right again');
    else log.warn(facts, skewText(skewMs));
  },
  onCopied: () => log.warn('the state on the disk began on another device: its key may be in use there, too'),
  onBootstrapLeft: (error) =>
    log.warn({ err: error }, 'completing an interrupted write of the bootstrap configuration failed'),
});

interface Parts {
  readonly settings: AgentSettings;
  readonly device: Device;
  readonly log: Logger;
  readonly notify: Notify;
}

async function serve({ settings, device, log, notify }: Parts, signal: AbortSignal): Promise<number> {
  const state = new DaemonState();
  const services = await startServices({ settings, device, state, log });
  notify.ready();
  log.info({ ready_ms: Math.round(performance.now()) }, 'the agent is ready');
  try {
    return await runDaemon({ device, log, notify, state }, signal);
  } catch (error) {
    if (!signal.aborted) throw error;
    log.info('the agent stops');
    notify.stopping();
    return EXIT.DONE;
  } finally {
    await Promise.all(services.map((service) => service.close()));
  }
}
