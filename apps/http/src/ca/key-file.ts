import { existsSync, statSync } from 'node:fs';

/** `exposed`: others than its owner may read or write it, so the service refuses it. */
export type KeyFileState = 'present' | 'exposed' | 'absent';

export function keyFileState(path: string): KeyFileState {
  if (!existsSync(path)) return 'absent';
  return statSync(path).mode & 0o077 ? 'exposed' : 'present';
}
