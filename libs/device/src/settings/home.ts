/**
 * A path with a leading `~` replaced by the home folder.
 *
 * @returns undefined for `~someone`, whose home is not known here
 */
export function expandHome(path: string, home: string): string | undefined {
  if (path === '~') return home;
  if (path.startsWith('~/')) return `${home.replace(/\/+$/, '')}/${path.slice(2)}`;
  return path.startsWith('~') ? undefined : path;
}
