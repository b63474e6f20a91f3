interface Terminal {
  readonly isTTY?: boolean;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** Whether block characters come out as blocks: on a terminal that is more than a typewriter, in a UTF-8 locale. */
export function showsBlocks({ isTTY = false, env }: Terminal): boolean {
  const { TERM = 'dumb' } = env;
  // POSIX: the first that is set to something wins.
  const locale = env['LC_ALL'] || env['LC_CTYPE'] || env['LANG'] || '';
  return isTTY && TERM !== 'dumb' && TERM !== '' && /utf-?8/i.test(locale);
}
