import { spawnSync } from 'node:child_process';

/** Lets no file become larger, for every user and on every machine: `blocks` of 512 octets (POSIX ulimit). */
export const withFileLimit = (blocks: number): string[] => [
  'sh',
  '-c',
  `ulimit -f ${blocks}; exec "$@"`,
  'sh',
];

/** What makes a place of its own for file systems to be mounted in; undefined where this user may not. */
export const MOUNTING: readonly string[] | undefined = [
  ['unshare', '-m'],
  ['unshare', '-Urm'],
].find(
  ([program, ...args]) => spawnSync(program!, [...args, 'mount', '-t', 'tmpfs', 'none', '/mnt']).status === 0,
);

/**
 * Runs a command with a file system of its own, which no one else sees, in a folder.
 *
 * @param growsAt path of a file; when that is there, the file system has a mebibyte
 */
export function withDisk(folder: string, options: string, growsAt = '/nowhere'): string[] {
  const script = `mount -t tmpfs -o ${options} none "$0" || exit 99
(until [ -e "${growsAt}" ]; do sleep 0.1; kill -0 $$ || exit; done; mount -o remount,size=1m "$0") >&- 2>&- &
exec "$@"`;
  return [...MOUNTING!, 'sh', '-c', script, folder];
}

/** Runs a command to which a folder, as it is, is on a read-only file system. */
export const withReadOnly = (folder: string): string[] => [
  ...MOUNTING!,
  'sh',
  '-c',
  'mount --bind "$0" "$0" && mount -o remount,bind,ro "$0" || exit 99; exec "$@"',
  folder,
];
