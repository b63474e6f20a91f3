import { setTimeout as delay } from 'node:timers/promises';
import type { CallLog, CallRecord } from '../calls.js';
import type { Left } from '../interruptions/left.js';
import type { ActiveFault, FaultList } from './faults.js';

/** How a call ends: with an answer, cut off, or never. */
type Outcome<T> = { readonly answer: T } | 'drop' | 'silence';

/** What a transport tells the gate about one call. */
interface GatedCall<T> {
  readonly record: CallRecord;
  /** Does the work; never rejects. */
  work(): T | Promise<T>;
  /** The answer of `refuse` (`worked` false) and of `fail_after`. */
  failure(fault: ActiveFault, worked: boolean): T;
  /** Does what Magistrala does for a caller that goes away in the middle: by chance, or so where that can be. */
  interrupt(wish?: Left): Promise<void>;
  /** Whether the caller has given up. */
  gone(): boolean;
  /** Resolves when it does. */
  readonly left: Promise<void>;
}

const DEFAULT_DELAY_MS = 1000;

/** Every recorded call passes here: it takes its time, and meets its fault. */
export class Gate {
  latencyMs = 0;

  constructor(
    readonly faults: FaultList,
    readonly calls: CallLog,
  ) {}

  async pass<T>(call: GatedCall<T>): Promise<Outcome<T>> {
    const fault = this.faults.take(call.record);
    if (this.latencyMs > 0) await delay(this.latencyMs);
    return fault ? struck(call, fault) : unlessGone(call);
  }
}

/** Magistrala cancels its work when the caller's connection closes. */
async function unlessGone<T>(call: GatedCall<T>, wish?: Left): Promise<Outcome<T>> {
  if (!call.gone()) return { answer: await call.work() };
  await call.interrupt(wish);
  return 'silence';
}

async function struck<T>(call: GatedCall<T>, fault: ActiveFault): Promise<Outcome<T>> {
  const { action, delayMs = DEFAULT_DELAY_MS, leaves } = fault.rule;
  const worksFirst = action.endsWith('_after');
  const done = worksFirst ? await call.work() : undefined;
  if (action === 'drop_during') await call.interrupt(leaves);
  fault.hit(call.record);
  switch (action) {
    case 'refuse':
    case 'fail_after':
      return { answer: call.failure(fault, worksFirst) };
    case 'drop_before':
    case 'drop_during':
    case 'drop_after':
      return 'drop';
    case 'hang_before':
    case 'hang_after':
      return 'silence';
    case 'hold_after':
      await fault.released;
      return { answer: done as T };
    case 'hold_before':
      await fault.released;
      return { answer: await call.work() };
    case 'hold_during':
      await Promise.race([fault.released, call.left]);
      return unlessGone(call, leaves);
    case 'late':
      await delay(delayMs);
      return { answer: await call.work() };
    case 'delay':
      await delay(delayMs);
      return unlessGone(call, leaves);
  }
}
