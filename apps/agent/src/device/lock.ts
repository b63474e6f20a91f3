import { closeSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { fileError, nodeFileSystem } from '@org/device';
import { ProvisionError } from '@org/domain';

/** The right to change the identity on this disk. */
interface Lock {
  release(): void;
}

export interface Holder {
  /** Process id. */
  readonly pid: number;
  /** The command that runs there, such as `run`. */
  readonly command: string;
}

const SQLITE_BUSY = 5;

/**
 * A process that only looks whether the lock is taken is in the way for a moment. Without a journal in a file, a full disk is
 * none.
 */
const PREPARE = 'PRAGMA busy_timeout = 500; PRAGMA journal_mode = MEMORY';

/**
 * Takes the right to change the identity, for one process at a time. SQLite's lock on an empty database is the kernel's:
 * it ends with the process, however that ends, so that nothing is left behind, and no one has to guess whether a process
 * id still means the same process. Who holds it is noted beside it, for messages only.
 *
 * @param state folder of the agent's notes
 * @throws ProvisionError `conflict` (`agent_busy`) with the holder in `details`; `unavailable` (`lock_unusable`); what
 * FileSystem does
 */
export async function takeLock(state: string, command: string): Promise<Lock> {
  await nodeFileSystem().makeFolder(state);
  const database = locked(state, false, 'BEGIN EXCLUSIVE');
  if (database === undefined) throw busy(readNote(state));
  writeNote(state, { pid: process.pid, command });
  return {
    release() {
      rmSync(noteIn(state), { force: true });
      database.close();
    },
  };
}

/**
 * Who is at work now; undefined when no one is.
 *
 * @throws ProvisionError as `takeLock`
 */
export async function lockHolder(state: string): Promise<Partial<Holder> | undefined> {
  if ((await nodeFileSystem().facts(lockIn(state))) === undefined) return undefined;
  const database = locked(state, true, 'SELECT count(*) FROM sqlite_schema');
  database?.close();
  return database === undefined ? readNote(state) : undefined;
}

/** Undefined when another process has the lock. */
function locked(state: string, readOnly: boolean, statement: string): DatabaseSync | undefined {
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(lockIn(state), { readOnly });
    database.exec(PREPARE);
    database.exec(statement);
    return database;
  } catch (cause) {
    database?.close();
    if ((cause as { errcode?: number }).errcode === SQLITE_BUSY) return undefined;
    throw fileErrorAt(lockIn(state), readOnly) ?? lockUnusable(lockIn(state), cause as Error);
  }
}

/** What the system says of a file that SQLite cannot use; its own words do not help people. */
function fileErrorAt(path: string, readOnly: boolean): ProvisionError | undefined {
  try {
    closeSync(openSync(path, readOnly ? 'r' : 'r+'));
    return undefined;
  } catch (error) {
    return fileError(path, error);
  }
}

const lockUnusable = (path: string, cause: Error): ProvisionError =>
  new ProvisionError({
    kind: 'unavailable',
    code: 'lock_unusable',
    message: `${path}: this file cannot be locked (${cause.message}); remove it if it is damaged, or choose a folder on another file system`,
    cause,
  });

const lockIn = (state: string): string => join(state, 'lock');
const noteIn = (state: string): string => join(state, 'lock.json');

function writeNote(state: string, holder: Holder): void {
  try {
    writeFileSync(noteIn(state), JSON.stringify(holder), { mode: 0o600 });
  } catch {
    // A full disk; the lock itself holds.
  }
}

function readNote(state: string): Partial<Holder> {
  try {
    return JSON.parse(readFileSync(noteIn(state), 'utf8')) as Holder;
  } catch {
    return {};
  }
}

function busy({ pid, command }: Partial<Holder>): ProvisionError {
  const who = pid === undefined ? 'Another agent' : `Another agent ("${command}", process ${pid})`;
  const how =
    command === 'run'
      ? 'It looks after the identity by itself; to do this by hand, stop it first ("systemctl stop provision-agent" where it is a service).'
      : 'Wait for it, or stop it.';
  return new ProvisionError({
    kind: 'conflict',
    code: 'agent_busy',
    message: `${who} is at work on this identity. ${how}`,
    details: { ...(pid !== undefined && { pid }), ...(command !== undefined && { command }) },
  });
}
