/** One look for all who ask while it is under way: so many who ask at once cost no more than one. */
export function coalesce<T>(look: () => Promise<T>): () => Promise<T> {
  let looking: Promise<T> | undefined;
  return () => (looking ??= look().finally(() => (looking = undefined)));
}
