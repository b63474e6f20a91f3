import type { Handlers } from '../http/service-server.js';
import type { World } from '../world.js';
import { configHandlers } from './config-handlers.js';
import { deviceHandlers } from './device-handlers.js';
import { enrollmentHandlers } from './enrollment-handlers.js';
import { profileHandlers } from './profile-handlers.js';

/** The bootstrap service (Magistrala wire §4). */
export const bootstrapHandlers = (world: World): Handlers<'bootstrap'> => ({
  ...configHandlers(world),
  ...profileHandlers(world),
  ...enrollmentHandlers(world),
  ...deviceHandlers(world),
});
