import { type JsonValue, ProvisionError } from '@org/domain';

/** A change that has been decided: absolute paths, so that it can be finished whatever the settings say by then. */
export interface Pending {
  readonly write: readonly string[];
  readonly remove: readonly string[];
  readonly then: JsonValue;
}

export interface CommitLog {
  /** Counts the changes. */
  readonly generation: number;
  readonly pending: Pending | undefined;
}

export const formatJournal = ({ generation, pending }: CommitLog): string =>
  `${JSON.stringify({ version: 1, generation, pending }, undefined, 2)}\n`;

/**
 * @param text undefined when there is no journal yet
 * @throws ProvisionError `invalid` (`journal_unreadable`)
 */
export function readJournal(path: string, text: string | undefined): CommitLog {
  if (text === undefined) return { generation: 0, pending: undefined };
  const journal = parse(text);
  if (journal) return journal;
  throw new ProvisionError({
    kind: 'invalid',
    code: 'journal_unreadable',
    message:
      `${path}: this file says whether a change of the files beside it is under way, and cannot be read; ` +
      'check the disk, then restore the file or, if no change can have been under way, remove it',
    details: { path },
  });
}

function parse(text: string): CommitLog | undefined {
  try {
    const { version, generation, pending } = JSON.parse(text) as Partial<CommitLog> & { version?: number };
    if (version !== 1 || !Number.isSafeInteger(generation)) return undefined;
    if (pending === undefined) return { generation: generation!, pending };
    const { write, remove, then = null } = pending;
    if (
      ![write, remove].every((list) => Array.isArray(list) && list.every((path) => typeof path === 'string'))
    ) {
      return undefined;
    }
    return { generation: generation!, pending: { write, remove, then } };
  } catch {
    return undefined;
  }
}
