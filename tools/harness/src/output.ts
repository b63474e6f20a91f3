import type { WriteStream } from 'node:tty';
import picocolors from 'picocolors';

export type Colors = ReturnType<typeof picocolors.createColors>;

/** Where a command writes what people read: standard output, or standard error when that is kept for JSON. */
export interface Output {
  readonly colors: Colors;
  /** Of the terminal; 80 where there is none. */
  readonly columns: number;
  say(line?: string): void;
  /** One JSON object on standard output; only with `--json`. */
  json(value: unknown): Promise<void>;
}

export function createOutput(json: boolean): Output {
  const stream = json ? process.stderr : process.stdout;
  return {
    colors: colorsFor(stream),
    columns: stream.columns ?? 80,
    say: (line = '') => void stream.write(`${line}\n`),
    json: async (value) => {
      if (json) await written(`${JSON.stringify(value, null, 2)}\n`);
    },
  };
}

/** For what goes on meanwhile: always standard error. */
const colorsFor = (stream: Pick<WriteStream, 'isTTY'>): Colors =>
  picocolors.createColors(stream.isTTY === true && !process.env['NO_COLOR']);

/** Waits until the reader has it: the process may end right after. */
const written = (text: string): Promise<void> =>
  new Promise((resolve) => process.stdout.write(text, () => resolve()));

export function duration(ms: number): string {
  return ms < 1_000 ? `${Math.round(ms)} ms` : `${(ms / 1_000).toFixed(1)} s`;
}
