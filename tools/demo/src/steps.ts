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

const TITLE_COLUMNS = 54;
const TIME_COLUMNS = 7;
/** Before a title, and between the columns. */
const INDENT = '  ';

/** What the demo does, said as it happens: a line each, and more where the terminal is too narrow for the detail. */
export class Steps {
  readonly done: StepReport[] = [];

  constructor(private readonly output: Output) {}

  /** @param work may say in a few words what came of it */
  async run<T>(title: string, work: (note: (detail: string) => void) => Promise<T>): Promise<T> {
    const from = performance.now();
    let detail: string | undefined;
    try {
      const value = await work((text) => (detail = text));
      const ms = Math.round(performance.now() - from);
      this.done.push({ title, detail, ms });
      this.#sayDone(title, ms, detail);
      return value;
    } catch (error) {
      const failed = new StepFailed(title, error);
      this.output.say(`${this.output.colors.red('✗')} ${title}`);
      throw failed;
    }
  }

  #sayDone(title: string, ms: number, detail = ''): void {
    const { colors, say, columns } = this.output;
    const titleColumns = Math.min(TITLE_COLUMNS, columns - TIME_COLUMNS - 2 * INDENT.length);
    const [first, ...more] = wrapped(title, titleColumns);
    const time = duration(ms).padStart(TIME_COLUMNS);
    const used = 2 * INDENT.length + titleColumns + TIME_COLUMNS;
    const fits = more.length === 0 && used + INDENT.length + detail.length <= columns;
    const beside = fits && detail !== '' ? INDENT + detail : '';
    say(`${colors.green('✓')} ${first!.padEnd(titleColumns)}${INDENT}${colors.dim(time)}${beside}`);
    for (const line of more) say(INDENT + line);
    if (!fits) for (const line of wrapped(detail, columns - 2 * INDENT.length)) say(INDENT.repeat(2) + line);
  }
}

/** Lines of whole words; a word that is too long has one of its own. */
function wrapped(text: string, columns: number): string[] {
  const lines = [''];
  for (const word of text.split(' ')) {
    const line = lines.at(-1)!;
    if (line === '') lines[lines.length - 1] = word;
    else if (line.length + 1 + word.length <= columns) lines[lines.length - 1] = `${line} ${word}`;
    else lines.push(word);
  }
  return lines;
}
