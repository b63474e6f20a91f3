import type { Stage } from './stage.js';

/** One attack, and what has to hold against it. */
export interface AttackCase {
  /** `family/name`. */
  readonly id: string;
  /** What the attacker does. */
  readonly does: string;
  /** What has to be so, meanwhile and afterwards. */
  readonly holds: string;
  /** Also run with `--short`: quick, and about what would hurt most. */
  readonly short?: true;
  /** @returns what was seen @throws whatever the attack itself fails with; the case has fallen then */
  run(stage: Stage): Promise<Finding>;
}

export interface Finding {
  readonly held: boolean;
  /** For people. */
  readonly seen: string;
}

/** Gathers what was seen; a case holds when all of it is as it must be. */
export class Findings {
  readonly #seen: string[] = [];
  #held = true;

  /** @param seen true either way, such as "12 of 60 connections stayed open" */
  must(isSo: boolean, seen: string): void {
    this.#held &&= isSo;
    this.#seen.push(isSo ? seen : `FELL: ${seen}`);
  }

  get finding(): Finding {
    return { held: this.#held, seen: this.#seen.join('; ') };
  }
}
