/** Where an agent is killed: right before a step, or midway through it. */
export interface Point {
  /** 1, 2, 3 … */
  readonly step: number;
  readonly half?: true;
}

export const KILL_AT = ({ step, half }: Point): string => (half ? `${step}:half` : String(step));

/** Every step of a run, one after the other, until a run has turned out to have no more. */
export class Points {
  readonly #halves: Point[] = [];
  #next = 1;
  #isOver = false;

  constructor(private readonly every = 1) {}

  take(): Point | undefined {
    const half = this.#halves.shift();
    if (half) return half;
    if (this.#isOver) return undefined;
    const step = this.#next;
    this.#next += this.every;
    return { step };
  }

  /** @param isWrite whether there is a middle of it; undefined: nothing was killed, the run has fewer steps */
  tried({ step, half }: Point, isWrite: boolean | undefined): void {
    if (isWrite === undefined) this.#isOver ||= !half;
    else if (isWrite && !half) this.#halves.push({ step, half: true });
  }
}
