import type { Chance } from '../interruptions/chance.js';

export interface StaleChecks {
  /** From 0 to 1: of a thing that was just created. */
  readonly chance: number;
  /** Milliseconds from its creation during which every check of permissions on it is refused. */
  readonly ms: number;
}

/** One in 300 at 20 calls at a time, and over within the 20 ms after which a repeat succeeded. */
export const LIVE_STALENESS: StaleChecks = { chance: 1 / 300, ms: 20 };

/**
 * SpiceDB may answer a check from a revision before the thing was created, although it was asked for full consistency:
 * a 403 that is gone a moment later (Magistrala wire §11.1).
 */
export class Staleness {
  constructor(
    private readonly chance: Chance,
    public checks: StaleChecks,
  ) {}

  /** When checks see a thing that is created now, on `performance.now`'s clock. */
  seenFrom(): number {
    const { chance, ms } = this.checks;
    return chance > 0 && this.chance.next() < chance ? performance.now() + ms : 0;
  }
}
