/** Stands for any text. */
const ANY = '…';

/**
 * Compares an answer with the one that a page shows. A text with `…` in it, such as the id `c22b…`, stands for any
 * text, likewise the name of a member; a member `"…": "…"` for any others.
 *
 * @returns where they differ, empty when they do not
 */
export function differences(shown: unknown, actual: unknown, path = '$'): string[] {
  if (typeof shown === 'string' && typeof actual === 'string')
    return isSame(shown, actual) ? [] : [`${path}: shown ${shown}, is ${actual}`];
  if (Array.isArray(shown) && Array.isArray(actual)) return ofArrays(shown, actual, path);
  if (isObject(shown) && isObject(actual)) return ofObjects(shown, actual, path);
  return shown === actual ? [] : [`${path}: shown ${JSON.stringify(shown)}, is ${JSON.stringify(actual)}`];
}

const isSame = (shown: string, actual: string): boolean => shown === actual || shown.includes(ANY);

/** Whether a line is what a page shows, with any characters in the place of `…`. */
function matches(shown: string, actual: string): boolean {
  const parts = shown.split(ANY).map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${parts.join('.*')}$`, 's').test(actual);
}

/** Each line that is shown has to come, in this order; others may come between. @returns the first that does not */
export function missingLine(shown: string, actual: string): string | undefined {
  const lines = actual.split('\n').map((line) => line.trim());
  return shown.split('\n').find((wanted) => {
    if (wanted.trim() === '' || wanted.trim() === ANY) return false;
    const at = lines.findIndex((line) => matches(wanted.trim(), line));
    if (at >= 0) lines.splice(0, at + 1);
    return at < 0;
  });
}

function ofArrays(shown: unknown[], actual: unknown[], path: string): string[] {
  if (shown.length !== actual.length)
    return [`${path}: shown ${shown.length} elements, are ${actual.length}: ${JSON.stringify(actual)}`];
  return shown.flatMap((it, index) => differences(it, actual[index], `${path}[${index}]`));
}

function ofObjects(shown: Members, actual: Members, path: string): string[] {
  const left = new Set(Object.keys(actual));
  const found = Object.entries(shown).flatMap(([name, value]) => {
    if (name === ANY) return [];
    const hit = [...left].find((it) => isSame(name, it));
    if (hit === undefined) return [`${path}.${name}: shown, but not there`];
    left.delete(hit);
    return differences(value, actual[hit], `${path}.${name}`);
  });
  const others = ANY in shown ? [] : [...left].map((name) => `${path}.${name}: not shown, but there`);
  return [...found, ...others];
}

type Members = Record<string, unknown>;

const isObject = (it: unknown): it is Members => typeof it === 'object' && it !== null && !Array.isArray(it);
