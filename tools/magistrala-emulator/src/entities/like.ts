/** PostgreSQL's `ILIKE '%' || part || '%'`: `%` and `_` in the part are wildcards, and `\` takes their meaning away. */
export function isLike(text: string, part: string): boolean {
  const pattern = part.replace(/\\?[\s\S]/gu, (token) => {
    if (token === '%') return '[^]*';
    if (token === '_') return '[^]';
    return escaped(token.length > 1 && token.startsWith('\\') ? token.slice(1) : token);
  });
  return new RegExp(pattern, 'iu').test(text);
}

const escaped = (char: string) => char.replace(/[\\^$.*+?()[\]{}|/]/u, '\\$&');
