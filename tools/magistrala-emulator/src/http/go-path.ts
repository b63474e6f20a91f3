const KEPT = /^[A-Za-z0-9\-_.~$&+,/:;=@]$/;

/** Go's own encoding of a path: `url.URL.EscapedPath` of the decoded bytes. */
function goEncoding(bytes: Buffer): string {
  let encoded = '';
  for (const byte of bytes) {
    const char = String.fromCharCode(byte);
    encoded += KEPT.test(char) ? char : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  }
  return encoded;
}

function decodedBytes(path: string): Buffer | undefined {
  if (/%(?![0-9A-Fa-f]{2})/.test(path)) return undefined;
  const parts = path.split(/%([0-9A-Fa-f]{2})/);
  return Buffer.concat(parts.map((part, at) => Buffer.from(part, at % 2 === 1 ? 'hex' : 'utf8')));
}

/**
 * The path that Magistrala's router sees (Magistrala wire §0.3): decoded when the request's path is byte for byte
 * Go's own encoding of it, and otherwise as it was sent, with every `%XX` still in place.
 *
 * @returns undefined when the path holds a broken escape, which Go's server refuses by itself.
 */
export function routedPath(path: string): string | undefined {
  if (!path.includes('%')) return path;
  const bytes = decodedBytes(path);
  if (bytes === undefined) return undefined;
  return goEncoding(bytes) === path ? bytes.toString('utf8') : path;
}
