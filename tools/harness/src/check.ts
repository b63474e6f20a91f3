/** @throws Error with this message unless the condition holds. */
export function check(holds: boolean, message: string): asserts holds {
  if (!holds) throw new Error(message);
}
