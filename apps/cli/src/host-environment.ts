import { localFiles } from '@org/store';
import type { Surroundings } from '@org/server';

/** The environment and files of this process. */
export const hostEnvironment: Surroundings = { env: process.env, ...localFiles };
