import { invalid } from '@org/domain';
import { KEY_KINDS, type KeyKind } from './key-store.js';

/** A key in a token, by the id (CKA_ID, hex) that it was given before it was made. */
export interface TokenKey {
  readonly id: string;
  readonly kind: KeyKind;
}

/** Which keys in a token are ours, and what they are. A token cannot change two objects at once; a file can. */
export interface Pkcs11Note {
  readonly current?: TokenKey;
  readonly next?: TokenKey;
  /** Ids of keys that are to be destroyed, and may be already. */
  readonly gone: readonly string[];
}

export const formatNote = (note: Pkcs11Note): string =>
  `${JSON.stringify({ version: 1, ...note }, undefined, 2)}\n`;

/**
 * @param text undefined when there is none yet
 * @throws ProvisionError `invalid` (`key_unreadable`)
 */
export function readNote(path: string, text: string | undefined): Pkcs11Note {
  if (text === undefined) return { gone: [] };
  const note = parse(text);
  if (note) return note;
  throw invalid(
    'key_unreadable',
    `${path}: this file says which keys in the token are the agent's, and cannot be read; restore it, or deprovision ` +
      'this device and enrol it again',
    { details: { path } },
  );
}

function parse(text: string): Pkcs11Note | undefined {
  try {
    const { version, current, next, gone } = JSON.parse(text) as Partial<Pkcs11Note> & { version?: number };
    const isSound = [current, next].every((key) => key === undefined || isKey(key)) && gone?.every(isId);
    return version === 1 && isSound ? { current, next, gone: gone! } : undefined;
  } catch {
    return undefined;
  }
}

const isId = (id: unknown): boolean => typeof id === 'string' && /^[0-9a-f]{2,64}$/.test(id);
const isKey = ({ id, kind }: TokenKey): boolean => isId(id) && KEY_KINDS.includes(kind);
