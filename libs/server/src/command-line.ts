/** For the command line of operators, which starts for each command: no platform, no requests, no metrics. */
export { ED25519_WARNING, authorityStoreOf } from './authority/configured-authority.js';
export { deviceProfile } from './authority/device-profile.js';
export { serverProfile } from './authority/server-profile.js';
export { namingSetting, openConfiguredStore } from './configuration/open-store.js';
export { type HostEnvironment, readConfiguration } from './configuration/read.js';
export { EXIT, EXIT_CODES } from './program/exit-codes.js';
export { VERSION } from './version.js';
