import { TIME_IS_UP } from './classify.js';

/** A signal that aborts with `TIME_IS_UP` after `ms`, or with the caller's reason when the caller's signal does. */
export interface TimeLimit {
  readonly signal: AbortSignal;
  /** Must be called when the work is over. */
  end(): void;
}

/**
 * `AbortSignal.any([AbortSignal.timeout(ms), signal])` would do, but leaves a timer behind for every call that
 * ended in time.
 */
export function limitTime(ms: number, caller: AbortSignal | undefined): TimeLimit {
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(TIME_IS_UP), ms);
  const onAbort = () => controller.abort(caller?.reason);
  if (caller?.aborted) onAbort();
  else caller?.addEventListener('abort', onAbort, { once: true });
  return {
    signal: controller.signal,
    end: () => {
      clearTimeout(timer);
      caller?.removeEventListener('abort', onAbort);
    },
  };
}
