import type { AgentSettings } from '@org/device/settings';
import { Device, type DeviceEvents } from './device.js';
import { takeLock } from './lock.js';

/**
 * Works on the identity as the only one, after what a power cut has left has been put in order; cleans up whatever
 * happens.
 *
 * @param command for whoever finds the lock taken
 * @throws ProvisionError what `takeLock` and the stores do
 */
export async function withDevice<T>(
  settings: AgentSettings,
  command: string,
  work: (device: Device) => Promise<T>,
  events?: DeviceEvents,
): Promise<T> {
  const lock = await takeLock(settings.paths.state, command);
  try {
    const device = await Device.open(settings, { events });
    try {
      await device.recover();
      return await work(device);
    } finally {
      await device.close();
    }
  } finally {
    lock.release();
  }
}
