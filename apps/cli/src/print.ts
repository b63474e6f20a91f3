import { writeFileSync } from 'node:fs';
import { printable, printableLines } from '@org/domain';

export const printJson = (value: unknown): void => print(`${JSON.stringify(value, undefined, 2)}\n`);

export function print(text: string): void {
  process.stdout.write(printableLines(text));
}

/** For people; on standard error, away from programs that read the output. */
export function note(text: string): void {
  process.stderr.write(printableLines(`${text}\n`));
}

/** To a file, or to standard output when none is named. */
export function deliver(data: string | Buffer, file: string | undefined): void {
  if (file === undefined) process.stdout.write(data);
  else writeFileSync(file, data);
}

/** `2027-01-31 12:00:00Z` */
export const timeText = (ms: number): string =>
  `${new Date(ms).toISOString().slice(0, 19).replace('T', ' ')}Z`;

/** Columns as wide as their widest cell; the first row is the heading. */
export function tableText(cells: readonly (readonly string[])[]): string {
  const rows = cells.map((row) => row.map(printable));
  const widths = rows[0]!.map((_, column) =>
    rows.reduce((most, row) => Math.max(most, row[column]!.length), 0),
  );
  return rows
    .map(
      (row) =>
        `${row
          .map((cell, at) => cell.padEnd(widths[at]!))
          .join('  ')
          .trimEnd()}\n`,
    )
    .join('');
}
