/** What a JSON text may hold. */
export interface JsonBounds {
  /** Values of all kinds, at any depth: members of objects and elements of lists. */
  readonly values: number;
  /** Objects and lists inside one another. */
  readonly depth: number;
}

const [QUOTE, BACKSLASH, COMMA, OPEN_LIST, CLOSE_LIST, OPEN_OBJECT, CLOSE_OBJECT] = Buffer.from('"\\,[]{}');

/**
 * Looks for the bound that a JSON text exceeds, before anything is made of it: one pass over its bytes, which may be no
 * JSON at all.
 */
export function exceededBound(json: Buffer, { values, depth }: JsonBounds): keyof JsonBounds | undefined {
  let seen = 0;
  let open = 0;
  for (let at = 0; at < json.length; at++) {
    switch (json[at]) {
      case QUOTE:
        at = endOfText(json, at);
        break;
      case OPEN_LIST:
      case OPEN_OBJECT:
        open += 1;
        seen += 1;
        break;
      case CLOSE_LIST:
      case CLOSE_OBJECT:
        open -= 1;
        break;
      case COMMA:
        seen += 1;
    }
    if (open > depth) return 'depth';
    if (seen > values) return 'values';
  }
  return undefined;
}

/** @param from where the opening quote stands @returns where the closing one does, or the end */
function endOfText(json: Buffer, from: number): number {
  let at = from + 1;
  while (at < json.length && json[at] !== QUOTE) at += json[at] === BACKSLASH ? 2 : 1;
  return at;
}
