/** Milliseconds since 1970 as this API writes times. */
export function rfc3339(ms: number): string;
export function rfc3339(ms: number | undefined): string | undefined;
export function rfc3339(ms: number | undefined): string | undefined {
  return ms === undefined ? undefined : new Date(ms).toISOString();
}
