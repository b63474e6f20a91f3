import { setTimeout as delay } from 'node:timers/promises';
import type { Chance } from '../interruptions/chance.js';

export interface HashingPace {
  /** Milliseconds that one external key takes: at least and at most. */
  readonly ms: readonly [least: number, most: number];
  /** How many at a time. */
  readonly workers: number;
}

/** What bcrypt was seen to take on two busy cores. */
export const LIVE_PACE: HashingPace = { ms: [100, 400], workers: 2 };

/**
 * Hashing external keys, which is what makes adding configurations slow: each takes its time on one of a few cores, and
 * the others wait (Magistrala wire §11.1). No time at all unless a pace is set.
 */
export class Hashing {
  private busy = 0;
  private readonly waiting: (() => void)[] = [];

  constructor(
    private readonly chance: Chance,
    public pace: HashingPace | undefined,
  ) {}

  async hash(): Promise<void> {
    if (!this.pace) return;
    const { ms, workers } = this.pace;
    if (this.busy >= workers) await new Promise<void>((resolve) => this.waiting.push(resolve));
    this.busy++;
    try {
      await delay(ms[0] + this.chance.next() * (ms[1] - ms[0]));
    } finally {
      this.busy--;
      this.waiting.shift()?.();
    }
  }
}
