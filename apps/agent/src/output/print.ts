import { printable, printableLines } from '@org/domain';

/** Results, on the standard output. */
export const print = (text: string): void => printStyled(printableLines(text));

/** The same for text with styles of our own; what comes from outside is `printable` already. */
export function printStyled(text: string): void {
  process.stdout.write(text.endsWith('\n') ? text : `${text}\n`);
}

/** What people want to know but programs that read the output must not meet. */
export function note(text: string): void {
  process.stderr.write(printableLines(`${text}\n`));
}

export const printJson = (value: unknown): void => print(JSON.stringify(value, undefined, 2));

/** One event to a line, for programs that follow along. */
export const printEvent = (value: object): void => print(JSON.stringify(value));

/** `2027-01-31 12:00:00Z` */
export const timeText = (ms: number): string =>
  `${new Date(ms).toISOString().slice(0, 19).replace('T', ' ')}Z`;

/** ISO 8601, for JSON. */
export const isoTime = (ms: number): string => new Date(ms).toISOString();

const UNITS = [
  ['day', 86_400e3],
  ['hour', 3600e3],
  ['minute', 60e3],
] as const;

/** `in 12 days`, `3 hours ago`, `now`. */
export function distanceText(ms: number, now: number): string {
  if (Math.abs(ms - now) < 60e3) return ms >= now ? 'in less than a minute' : 'just now';
  const words = spanText(ms - now);
  return ms >= now ? `in ${words}` : `${words} ago`;
}

/** `50 minutes`; the sign does not count. */
export function spanText(ms: number): string {
  const [unit, size] = UNITS.find(([, each]) => Math.abs(ms) >= each) ?? ['second', 1000];
  const count = Math.floor(Math.abs(ms) / size);
  return `${count} ${unit}${count === 1 ? '' : 's'}`;
}

/** Lines of `name  value`, the names as wide as the widest. */
export function listText(rows: readonly (readonly [name: string, value: string])[]): string {
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows.map(([name, value]) => `${name.padEnd(width)}  ${printable(value)}`.trimEnd()).join('\n');
}
