import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { type ErrorCode, ProvisionError, isProvisionError, readText } from '@org/domain';
import { assertPrivate } from '../file-modes.js';
import { createPrivateFile } from '../private-file.js';
import { unusablePath } from '../unusable-path.js';

const KEY_BYTES = 32;

/** Reads 32 bytes written as hex or base64, base64url too; undefined when the text is neither. */
export function parseStateKey(text: string): Buffer | undefined {
  const trimmed = text.trim();
  if (/^[\da-f]{64}$/i.test(trimmed)) return Buffer.from(trimmed, 'hex');
  // Node's decoder leaves out what is no base64: a slip of the pen would be another key.
  return /^[\w+/-]{43}=?$/.test(trimmed) ? Buffer.from(trimmed, 'base64') : undefined;
}

/**
 * The key of a single-host installation: made with its database, mode 0600, beside it.
 *
 * @throws ProvisionError invalid: `state_key_exposed`, `state_key_invalid`, `state_key_missing`, `state_path_invalid`
 */
export function keyFromFile(path: string, { mayMake }: { readonly mayMake: boolean }): Buffer {
  try {
    if (!existsSync(path)) {
      if (!mayMake) throw unusable(path, 'state_key_missing', MISSING);
      // Several processes may start at once: they all use what one of them made.
      createPrivateFile(path, `${randomBytes(KEY_BYTES).toString('hex')}\n`);
    }
    assertPrivate(path, 'state_key_exposed');
    const key = parseStateKey(textIn(path));
    if (!key) throw unusable(path, 'state_key_invalid', `it must hold ${KEY_BYTES} bytes as hex or base64`);
    return key;
  } catch (error) {
    throw unusablePath(path, 'state_path_invalid', error);
  }
}

function textIn(path: string): string {
  try {
    return readText(readFileSync(path));
  } catch (error) {
    throw isProvisionError(error) ? unusable(path, 'state_key_invalid', error.message) : error;
  }
}

const MISSING = 'it is not there, and the database beside it is sealed with it; put it back from your backup';

const unusable = (path: string, code: ErrorCode, why: string): ProvisionError =>
  new ProvisionError({ kind: 'invalid', code, message: `state key file ${path}: ${why}` });
