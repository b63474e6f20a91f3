import { localFiles } from '@org/store';
import type { HostEnvironment } from '@org/server/command-line';

/** The environment and files of this process. */
export const hostEnvironment: HostEnvironment = { env: process.env, ...localFiles };
