import { randomUUID } from 'node:crypto';
import type { CallRecord } from '../calls.js';
import { type FaultRule, checkRule } from './rule.js';

/** A rule at work. */
export interface Fault {
  readonly id: string;
  readonly rule: FaultRule;
  /** Calls struck so far; a call counts once the fault has taken hold of it (for `…_after`: once its work is done). */
  readonly hits: number;
  /** Resolves with the first struck call. */
  waitForHit(): Promise<CallRecord>;
  /** Lets every call go on that a `hold_…` holds, now and from now on. */
  release(): void;
  /** Strikes no more calls. Calls that it holds stay held until released. */
  remove(): void;
}

/** What the tests of this repository see of the faults. */
export interface Faults {
  /** @throws ProvisionError `invalid_fault_rule` */
  add(rule: FaultRule): Fault;
  /** Removes every fault and releases what they hold. */
  clear(): void;
}

/** A fault as the gate sees it. */
export class ActiveFault implements Fault {
  readonly id = randomUUID();
  hits = 0;
  readonly released: Promise<void>;
  private matched = 0;
  private struck = 0;
  private readonly path: RegExp | undefined;
  private readonly firstHit: Promise<CallRecord>;
  private resolveFirstHit!: (call: CallRecord) => void;
  private resolveReleased!: () => void;

  constructor(
    readonly rule: FaultRule,
    private readonly onRemove: (fault: ActiveFault) => void,
  ) {
    this.path = rule.path === undefined ? undefined : new RegExp(rule.path);
    this.firstHit = new Promise((resolve) => (this.resolveFirstHit = resolve));
    this.released = new Promise((resolve) => (this.resolveReleased = resolve));
  }

  waitForHit(): Promise<CallRecord> {
    return this.firstHit;
  }

  release(): void {
    this.resolveReleased();
  }

  remove(): void {
    this.onRemove(this);
  }

  /** Whether this fault takes the call. Counts it either way. */
  takes(call: CallRecord): boolean {
    if (!this.matches(call)) return false;
    this.matched++;
    const { nth = 1, times, probability = 1 } = this.rule;
    if (this.matched < nth || this.struck >= (times === undefined ? 1 : (times ?? Infinity))) return false;
    if (probability < 1 && Math.random() >= probability) return false;
    this.struck++;
    return true;
  }

  /** Counts a call that an earlier fault took. */
  pass(call: CallRecord): void {
    if (this.matches(call)) this.matched++;
  }

  /** Says that the fault has taken hold of the call. */
  hit(call: CallRecord): void {
    this.hits++;
    this.resolveFirstHit({ ...call });
  }

  private matches(call: CallRecord): boolean {
    const { service, operation, method } = this.rule;
    return (
      (service === undefined || service === call.service) &&
      (operation === undefined ||
        operation === call.operation ||
        `${call.service}.${operation}` === call.operation) &&
      (method === undefined || method.toUpperCase() === call.method) &&
      (this.path === undefined || this.path.test(call.path))
    );
  }
}

export class FaultList implements Faults {
  private readonly faults = new Map<string, ActiveFault>();

  add(rule: FaultRule): ActiveFault {
    const fault = new ActiveFault(checkRule(rule), ({ id }) => this.faults.delete(id));
    this.faults.set(fault.id, fault);
    return fault;
  }

  get(id: string): ActiveFault | undefined {
    return this.faults.get(id);
  }

  all(): ActiveFault[] {
    return [...this.faults.values()];
  }

  clear(): void {
    for (const fault of this.faults.values()) fault.release();
    this.faults.clear();
  }

  /** The fault that takes this call; the first added wins, the others count the call all the same. */
  take(call: CallRecord): ActiveFault | undefined {
    let taken: ActiveFault | undefined;
    for (const fault of this.faults.values()) {
      if (!taken && fault.takes(call)) taken = fault;
      else if (taken) fault.pass(call);
    }
    if (taken) call.fault = taken.rule.action;
    return taken;
  }
}
