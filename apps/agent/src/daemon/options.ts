import type { Device } from '../device/device.js';
import type { Logger } from './logger.js';
import type { Notify } from './notify.js';
import type { DaemonState } from './state.js';

export interface DaemonOptions {
  readonly device: Device;
  readonly log: Logger;
  readonly notify: Notify;
  readonly state: DaemonState;
}
