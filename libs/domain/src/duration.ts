/** Nanoseconds. */
const UNITS: Readonly<Record<string, bigint>> = {
  ns: 1n,
  us: 1_000n,
  µs: 1_000n,
  ms: 1_000_000n,
  s: 1_000_000_000n,
  m: 60_000_000_000n,
  h: 3_600_000_000_000n,
};
/** A duration as Go writes it; what `parseDuration` reads, but for `0`. */
export const GO_DURATION =
  /^(?:\d+(?:\.\d*)?|\.\d+)(?:ns|us|µs|ms|s|m|h)(?:(?:\d+(?:\.\d*)?|\.\d+)(?:ns|us|µs|ms|s|m|h))*$/;
const PART = /(\d*)(?:\.(\d*))?(ns|us|µs|ms|s|m|h)/g;
/** Go counts in 64 bits: some 292 years. */
const LONGEST = 2n ** 63n - 1n;

/**
 * Reads a duration as Go's `time.ParseDuration` writes it (`2400h`, `1h30m`, `250ms`); no sign, no days.
 * Magistrala's configuration and its certs service use this form.
 *
 * @returns milliseconds, exact unless the text says parts of one; undefined when the text is not a duration.
 */
export function parseDuration(text: string): number | undefined {
  if (text === '0') return 0;
  // No one writes more digits, and arithmetic on millions of them would take its time.
  if (text.length > 100 || !GO_DURATION.test(text)) return undefined;
  let total = 0n;
  for (const [, whole, fraction = '', unit] of text.matchAll(PART))
    total += (BigInt(`${whole}${fraction}`) * UNITS[unit!]!) / 10n ** BigInt(fraction.length);
  if (total > LONGEST) return undefined;
  return Number(total / 1_000_000n) + Number(total % 1_000_000n) / 1e6;
}
