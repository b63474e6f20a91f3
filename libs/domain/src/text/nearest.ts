import { distance } from 'fastest-levenshtein';

/** Longer names are no slips of the keyboard. */
const LONGEST = 100;

/** The known name that someone probably meant, or undefined when none is close. */
export function nearest(name: string, known: Iterable<string>): string | undefined {
  if (name.length > LONGEST) return undefined;
  const reach = Math.max(2, Math.floor(name.length / 3));
  let best: { name: string; away: number } | undefined;
  for (const candidate of known) {
    const away = distance(name.toLowerCase(), candidate.toLowerCase());
    if (away <= reach && (best === undefined || away < best.away)) best = { name: candidate, away };
  }
  return best?.name;
}
