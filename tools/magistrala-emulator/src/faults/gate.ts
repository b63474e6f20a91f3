import { setTimeout as delay } from 'node:timers/promises';
import type { CallLog, CallRecord } from '../calls.js';
import type { ActiveFault, FaultList } from './faults.js';

/** How a call ends: with an answer, cut off, or never. */
export type Outcome<T> = { readonly answer: T } | 'drop' | 'silence';

/** What a transport tells the gate about one call. */
export interface GatedCall<T> {
  readonly record: CallRecord;
  /** Does the work; never rejects. */
  work(): T | Promise<T>;
  /** The answer of `refuse` (`worked` false) and of `fail_after`. */
  failure(fault: ActiveFault, worked: boolean): T;
  /** Whether the caller has given up. */
  gone(): boolean;
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
    return fault ? struck(call, fault) : { answer: await call.work() };
  }
}

async function struck<T>(call: GatedCall<T>, fault: ActiveFault): Promise<Outcome<T>> {
  const { action, delayMs = DEFAULT_DELAY_MS } = fault.rule;
  const worksFirst = action.endsWith('_after');
  const done = worksFirst ? await call.work() : undefined;
  fault.hit(call.record);
  switch (action) {
    case 'refuse':
    case 'fail_after':
      return { answer: call.failure(fault, worksFirst) };
    case 'drop_before':
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
    case 'late':
      await delay(delayMs);
      return { answer: await call.work() };
    case 'delay':
      await delay(delayMs);
      return call.gone() ? 'silence' : { answer: await call.work() };
  }
}
