import { type ErrorCode, ProvisionError } from '@org/domain';

/** What to do, by what the file system says (errno). */
const ADVICE: Readonly<Record<string, string>> = {
  ENOENT: 'the folder it is in does not exist; make it, or choose another path',
  ENOTDIR: 'a file is where a folder has to be; choose another path',
  EEXIST: 'a file is where a folder has to be; choose another path',
  EISDIR: 'this is a folder; choose the path of a file',
  EACCES: 'this user may not read and write there; allow it, or choose another path',
  EPERM: 'this user may not read and write there; allow it, or choose another path',
  EROFS: 'nothing can be written there; choose another path',
};

/** SQLite's NOTADB. */
const NO_DATABASE = 26;

/**
 * What the file system or SQLite has against a path that someone chose, as ProvisionError `invalid` whose message begins
 * with the path; any other error as it is.
 */
export function unusablePath(path: string, code: ErrorCode, error: unknown): unknown {
  const { code: errno = '', errcode, message } = error as NodeJS.ErrnoException & { errcode?: number };
  const advice =
    errcode === NO_DATABASE
      ? 'this is not a SQLite database; move it away, or choose another path'
      : ADVICE[errno];
  if (advice === undefined) return error;
  return new ProvisionError({
    kind: 'invalid',
    code,
    message: `${path}: ${advice} (${message})`,
    cause: error,
  });
}
