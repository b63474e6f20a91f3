import { randomBytes } from 'node:crypto';
import { closeSync, fsyncSync, openSync, readFileSync, statSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { ProvisionError } from '@org/domain';

const KEY_BYTES = 32;

/** Reads 32 bytes written as hex or base64; undefined when the text is neither. */
export function parseStateKey(text: string): Buffer | undefined {
  const trimmed = text.trim();
  const key = /^[0-9a-f]{64}$/i.test(trimmed) ? Buffer.from(trimmed, 'hex') : Buffer.from(trimmed, 'base64');
  return key.length === KEY_BYTES ? key : undefined;
}

/**
 * The key of a single-host installation: made at first use, mode 0600, beside the database.
 *
 * @throws ProvisionError `invalid` when others may read it, or it does not hold a key
 */
export function keyFromFile(path: string): Buffer {
  try {
    return create(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  if (statSync(path).mode & 0o077)
    throw unusable(path, 'state_key_exposed', `others may read it; run chmod 600 on it, or replace it`);
  const key = parseStateKey(readFileSync(path, 'utf8'));
  if (!key) throw unusable(path, 'state_key_invalid', `it must hold ${KEY_BYTES} bytes as hex or base64`);
  return key;
}

function create(path: string): Buffer {
  const file = openSync(path, 'wx', 0o600);
  const key = randomBytes(KEY_BYTES);
  writeSync(file, `${key.toString('hex')}\n`);
  fsyncSync(file);
  closeSync(file);
  // The name must survive a power cut too, or the database could outlive its key.
  const folder = openSync(dirname(path), 'r');
  fsyncSync(folder);
  closeSync(folder);
  return key;
}

const unusable = (path: string, code: string, why: string): ProvisionError =>
  new ProvisionError({ kind: 'invalid', code, message: `state key file ${path}: ${why}` });
