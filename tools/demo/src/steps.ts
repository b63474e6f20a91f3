import { type Output, duration } from '@org/harness';

export interface StepReport {
  readonly title: string;
  readonly detail: string | undefined;
  /** Whole milliseconds. */
  readonly ms: number;
}

/** A check that did not hold, or a step that could not be done; its message is for people. */
export class StepFailed extends Error {
  override readonly name = 'StepFailed';

  constructor(
    readonly step: string,
    cause: unknown,
  ) {
    super(cause instanceof Error ? cause.message : String(cause), { cause });
  }
}

const COLUMN = 54;

/** What the demo does, one line each, said as it happens. */
export class Steps {
  readonly done: StepReport[] = [];

  constructor(private readonly output: Output) {}

  /** @param work may say in a few words what came of it */
  async run<T>(title: string, work: (note: (detail: string) => void) => Promise<T>): Promise<T> {
    const { colors, say } = this.output;
    const from = performance.now();
    let detail: string | undefined;
    try {
      const value = await work((text) => (detail = text));
      const ms = Math.round(performance.now() - from);
      this.done.push({ title, detail, ms });
      const noted = detail === undefined ? '' : `  ${detail}`;
      say(`${colors.green('✓')} ${title.padEnd(COLUMN)} ${colors.dim(duration(ms).padStart(7))}${noted}`);
      return value;
    } catch (error) {
      const failed = new StepFailed(title, error);
      say(`${colors.red('✗')} ${title}`);
      throw failed;
    }
  }
}
