import { type ErrorCode, type ErrorKind, ProvisionError } from '@org/domain';

interface Meaning {
  readonly kind: ErrorKind;
  readonly code: ErrorCode;
  /** After "<path>: ". */
  readonly says: string;
}

const FULL: Meaning = {
  kind: 'unavailable',
  code: 'disk_full',
  says: 'the disk is full, or the quota is used up; free some space',
};
const NOT_PERMITTED: Meaning = {
  kind: 'forbidden',
  code: 'file_not_permitted',
  says: 'the agent may not do this here; check the owner and mode of the file and the folders above it',
};
const FOLDER: Meaning = {
  kind: 'invalid',
  code: 'folder_in_the_way',
  says: 'there is a folder where a file should be; remove it, or choose another path in the settings',
};
const FILE: Meaning = {
  kind: 'invalid',
  code: 'file_in_the_way',
  says: 'there is a file where a folder should be; remove it, or choose another path in the settings',
};

const MEANINGS: Readonly<Record<string, Meaning>> = {
  ENOSPC: FULL,
  EDQUOT: FULL,
  EFBIG: {
    kind: 'unavailable',
    code: 'disk_full',
    says: 'files may not be that large here; raise the limit (ulimit -f, LimitFSIZE=)',
  },
  EROFS: {
    kind: 'unavailable',
    code: 'disk_read_only',
    says: 'the file system is read-only; mount it writable',
  },
  EACCES: NOT_PERMITTED,
  EPERM: NOT_PERMITTED,
  EISDIR: FOLDER,
  // Node's own, of `rm`.
  ERR_FS_EISDIR: FOLDER,
  ENOTDIR: FILE,
};

/** What an error of the operating system means for the operator of the agent. */
export function fileError(path: string, cause: unknown): ProvisionError {
  const code = (cause as NodeJS.ErrnoException | undefined)?.code ?? 'unknown';
  const meaning = MEANINGS[code];
  return new ProvisionError({
    kind: meaning?.kind ?? 'unavailable',
    code: meaning?.code ?? 'file_error',
    message: `${path}: ${meaning?.says ?? `the operating system reports ${code}`}`,
    details: { path },
    cause,
  });
}

export const folderInTheWay = (path: string): ProvisionError =>
  fileError(path, Object.assign(new Error('a folder'), { code: 'EISDIR' }));
