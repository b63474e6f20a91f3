import { type Clock, isProvisionError } from '@org/domain';
import type { PlatformSession } from '@org/provisioning';

/** Milliseconds before each repeat: a repeat after 20 was seen to succeed. */
const PAUSES_MS = [50, 100, 200] as const;
/** Milliseconds in which a check may miss what was created. */
const FRESH_MS = 5_000;

/** What creates things, and what is refused about them; bootstrap says "not found" of what it may not read. */
const CREATES = ['createClients', 'createChannels'] as const;
const REFUSALS = {
  connect: ['forbidden'],
  updateMetadata: ['forbidden'],
  viewClients: ['forbidden'],
  viewChannels: ['forbidden'],
  bind: ['forbidden', 'not_found'],
} as const satisfies Partial<Record<keyof PlatformSession, readonly string[]>>;

type Method = (...args: unknown[]) => Promise<unknown>;

/**
 * The same session, which repeats what is refused about things that it has just created: Magistrala's checks may be a
 * moment behind (Magistrala wire §11.1, B3).
 */
export function repeatingStaleRefusals(session: PlatformSession, clock: Clock): PlatformSession {
  let freshUntil = 0;
  const creating = CREATES.map((name) => {
    const create = session[name] as Method;
    const noting: Method = async (...args) => {
      const created = await create(...args);
      freshUntil = clock.monotonic() + FRESH_MS;
      return created;
    };
    return [name, noting];
  });
  const repeating = Object.entries(REFUSALS).map(([name, kinds]) => {
    const call = session[name as keyof PlatformSession] as Method;
    const isStale = (error: unknown) =>
      clock.monotonic() < freshUntil && isProvisionError(error) && kinds.some((kind) => kind === error.kind);
    return [name, repeated(call, isStale, clock)];
  });
  return { ...session, ...Object.fromEntries([...creating, ...repeating]) } as PlatformSession;
}

const repeated =
  (call: Method, isStale: (error: unknown) => boolean, clock: Clock): Method =>
  async (...args) => {
    const signal = args.find((arg) => arg instanceof AbortSignal);
    for (const pause of PAUSES_MS) {
      try {
        return await call(...args);
      } catch (error) {
        if (!isStale(error)) throw error;
        await clock.sleep(pause, signal).catch(() => undefined);
        if (signal?.aborted) throw error;
      }
    }
    return call(...args);
  };
