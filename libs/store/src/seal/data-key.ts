import { randomBytes } from 'node:crypto';
import { ProvisionError } from '@org/domain';
import type { Kysely } from 'kysely';
import type { Schema } from '../schema.js';
import { storeValue, storedValue } from './sealed-values.js';
import { Sealer } from './sealer.js';

const NAME = 'data-key';
const KEY_BYTES = 32;

/**
 * The key that everything else is sealed and hashed with: made with the database, and kept in it, sealed by the state key
 * (envelope encryption). A wrong state key shows here, before anything is done with it, and a new one costs one row.
 *
 * @throws ProvisionError invalid `state_key_wrong`
 */
export async function openDataKey(db: Kysely<Schema>, stateKey: Uint8Array): Promise<Buffer> {
  const sealed = (await storedValue(db, NAME)) ?? (await makeDataKey(db, stateKey));
  return opened(sealed, stateKey);
}

/** Whether it has been made, so that only the state key of then opens it. */
export const hasDataKey = async (db: Kysely<Schema>): Promise<boolean> =>
  (await storedValue(db, NAME)) !== undefined;

/** Of several processes that start on an empty database, one makes it. */
async function makeDataKey(db: Kysely<Schema>, stateKey: Uint8Array): Promise<string> {
  const value = sealed(randomBytes(KEY_BYTES), stateKey);
  const isMine = await storeValue(db, { name: NAME, value, expires_at: null }, undefined);
  return isMine ? value : (await storedValue(db, NAME))!;
}

/**
 * Has another state key open the database from now on. Processes that run go on; who starts needs the new one.
 *
 * @throws ProvisionError invalid `state_key_wrong`; conflict `state_key_contended`
 */
export async function changeStateKey(
  db: Kysely<Schema>,
  { from, to }: { readonly from: Uint8Array; readonly to: Uint8Array },
): Promise<void> {
  const before = await storedValue(db, NAME);
  const value = sealed(await openDataKey(db, from), to);
  if (before !== undefined && (await storeValue(db, { name: NAME, value, expires_at: null }, before))) return;
  throw new ProvisionError({
    kind: 'conflict',
    code: 'state_key_contended',
    message: 'another process has just changed or set the state key; try again',
  });
}

const sealed = (dataKey: Buffer, stateKey: Uint8Array): string =>
  new Sealer(stateKey).seal(dataKey.toString('base64'), NAME);

function opened(sealedKey: string, stateKey: Uint8Array): Buffer {
  try {
    return Buffer.from(new Sealer(stateKey).open(sealedKey, NAME), 'base64');
  } catch (cause) {
    throw new ProvisionError({
      kind: 'invalid',
      code: 'state_key_wrong',
      message:
        'this is not the state key that the database is sealed with; use the one that the other replicas have. ' +
        'If it is lost, so is what it seals: start on an empty database',
      cause,
    });
  }
}
