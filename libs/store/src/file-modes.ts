import { existsSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { type ErrorCode, ProvisionError } from '@org/domain';

const OTHERS = 0o077;
const OTHERS_WRITE = 0o022;
/** In such a folder others can add files, but neither remove nor rename those of their owner. */
const STICKY = 0o1000;

const modeOf = (path: string): number => (existsSync(path) ? statSync(path).mode : 0);

/** Whether anybody but its owner, or who is root, may read or write a file. */
export const isExposed = (path: string): boolean => (modeOf(path) & OTHERS) !== 0;

/**
 * A file that only its owner may read and change. One that is not there is.
 *
 * @throws ProvisionError `invalid` with this code, whose message says what to do
 */
export function assertPrivate(path: string, code: ErrorCode): void {
  if (isExposed(path))
    throw refusal(
      code,
      path,
      `others than its owner may read or change it (mode ${octal(path)}). If no one has, chmod 600 it`,
    );
}

/**
 * A file, with the folder that it is in, which others than their owner cannot change: who can rename files in a folder can
 * put others in their place.
 *
 * @throws as `assertPrivate`
 */
export function assertNotChangeable(path: string, code: ErrorCode): void {
  const folder = dirname(resolve(path));
  for (const each of [path, folder]) {
    const mode = modeOf(each);
    if ((mode & OTHERS_WRITE) === 0 || (each === folder && (mode & STICKY) !== 0)) continue;
    throw refusal(
      code,
      each,
      `others than its owner may change ${each === folder ? 'what is in it' : 'it'} (mode ${octal(each)}). ` +
        'If no one has, chmod go-w it',
    );
  }
}

const octal = (path: string): string => (modeOf(path) & 0o7777).toString(8);

const refusal = (code: ErrorCode, path: string, why: string): ProvisionError =>
  new ProvisionError({ kind: 'invalid', code, message: `${path}: ${why}` });
