/** A call that gets stuck: before it is done, or after it, until it is told to go on. */
export interface Stuck<T> {
  readonly target: T;
  goOn(): void;
}

export interface StuckAt<T> {
  readonly call: keyof T;
  readonly when: 'before' | 'after';
  /** Which calls of it; all by default. */
  readonly where?: (argument: unknown) => boolean;
}

/** The same thing as a slow process sees it. */
export function stuckAt<T extends object>(
  target: T,
  { call, when, where = () => true }: StuckAt<T>,
): Stuck<T> {
  let goOn = (): void => undefined;
  const told = new Promise<void>((resolve) => (goOn = resolve));
  const slow = new Proxy(target, {
    get(_, name) {
      const method = Reflect.get(target, name) as (...args: unknown[]) => Promise<unknown>;
      return async (...args: unknown[]): Promise<unknown> => {
        const waits = name === call && where(args[0]);
        if (waits && when === 'before') await told;
        const answer = await Reflect.apply(method, target, args);
        if (waits && when === 'after') await told;
        return answer;
      };
    },
  });
  return { target: slow, goOn };
}
