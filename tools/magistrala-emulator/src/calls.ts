import type { FaultAction } from './faults/rule.js';

/** One call that a service got, HTTP or gRPC. */
export interface CallRecord {
  /** Counts all calls from 1, in the order of their arrival. */
  readonly seq: number;
  readonly service: string;
  /** `service.name`, such as `clients.create_bulk`; `service.unknown` when no operation has this path. */
  readonly operation: string;
  readonly method: string;
  readonly path: string;
  /** Milliseconds since 1970, with fractions. */
  readonly startedAt: number;
  /** When the answer was handed to the socket, or the call ended without one; null while it is open. */
  endedAt: number | null;
  /** HTTP status, or gRPC status code; null while there is no answer, and for ever when none is given. */
  status: number | null;
  fault?: FaultAction;
}

const MOST_KEPT = 200_000;

/** Milliseconds since 1970 with fractions; comparable across processes of one machine. */
const preciseNow = () => performance.timeOrigin + performance.now();

export class CallLog {
  private records: CallRecord[] = [];
  private seq = 0;

  start(call: Pick<CallRecord, 'service' | 'operation' | 'method' | 'path'>): CallRecord {
    const record: CallRecord = {
      seq: ++this.seq,
      ...call,
      startedAt: preciseNow(),
      endedAt: null,
      status: null,
    };
    // An emulator that is left running must not eat the machine's memory.
    if (this.records.length >= MOST_KEPT) this.records = this.records.slice(MOST_KEPT / 2);
    this.records.push(record);
    return record;
  }

  end(record: CallRecord, status: number | null): void {
    if (record.endedAt !== null) return;
    record.endedAt = preciseNow();
    record.status = status;
  }

  all(): CallRecord[] {
    return this.records.map((record) => ({ ...record }));
  }

  clear(): void {
    this.records = [];
  }
}
