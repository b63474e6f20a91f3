import type { AgentSettings } from '@org/device/settings';
import { Device, type DeviceEvents } from './device.js';
import { takeLock } from './lock.js';

/**
 * Works on the identity as the only one, after what a power cut has left has been put in order; cleans up whatever
 * happens.
 *
 * @param command for the process that finds the lock taken
 * @throws ProvisionError what `takeLock` and the stores do
 */
export const withDevice = <T>(
  settings: AgentSettings,
  command: string,
  work: (device: Device) => Promise<T>,
  events?: DeviceEvents,
): Promise<T> =>
  withDeviceAsLeft(
    settings,
    command,
    async (device) => {
      await device.recover();
      return work(device);
    },
    events,
  );

/** The same for work that itself has `recover` called, and goes on when that fails. */
export async function withDeviceAsLeft<T>(
  settings: AgentSettings,
  command: string,
  work: (device: Device) => Promise<T>,
  events?: DeviceEvents,
): Promise<T> {
  const lock = await takeLock(settings.paths.state, command);
  try {
    const device = await Device.open(settings, { events });
    try {
      return await work(device);
    } finally {
      await device.close();
    }
  } finally {
    lock.release();
  }
}
