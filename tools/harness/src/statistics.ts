/** The value that `share` of the values do not exceed (nearest rank). @param share in (0, 1] */
export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((one, other) => one - other);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? NaN;
}

/** To one decimal place. */
export const rounded = (value: number): number => Math.round(value * 10) / 10;
