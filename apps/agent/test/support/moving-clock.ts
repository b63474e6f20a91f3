import type { Clock } from '@org/domain';

/** Stands still, and moves on at once when someone sleeps. */
export class MovingClock implements Clock {
  /** Called after every sleep. */
  onMove: (now: number) => unknown = () => undefined;

  constructor(public time = Date.now()) {}

  now(): number {
    return this.time;
  }

  monotonic(): number {
    return this.time;
  }

  async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    this.time += ms;
    await this.onMove(this.time);
  }
}
