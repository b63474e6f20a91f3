import type { Block, HiddenCommands, Item } from './page.js';

const SHELLS = new Set(['sh', 'bash', 'shell', 'console']);

/** Commands of a page that run as one shell script. */
export interface Command {
  readonly line: number;
  readonly text: string;
  readonly background: boolean;
}

/** @returns what a shell runs of a page, in order; files that the page shows are written by it, too */
export function commandsOf(items: readonly Item[]): Command[] {
  return items.flatMap((item) => (item.kind === 'hidden' ? [hidden(item)] : ofBlock(item)));
}

/** The blocks that a reader would type in. */
export const isCommand = ({ language }: Block): boolean => SHELLS.has(language);

/** A script that runs them in one shell. What each prints goes to `<line>.out` and `<line>.err` in the scratch folder. */
export function scriptOf(commands: readonly Command[]): string {
  return [
    'set -euo pipefail',
    '. "$PRELUDE"',
    ...commands.map(({ line, background }) => {
      const files = `>"$SCRATCH/${line}.out" 2>"$SCRATCH/${line}.err"`;
      const run = `. "$SCRATCH/${line}.sh"`;
      return [
        `echo ${line} >"$SCRATCH/at"`,
        `"$SUBSTITUTE" "$SCRATCH/${line}.sh"`,
        background ? `{ ${run}; } ${files} &` : `{ ${run}; } ${files}`,
      ].join('\n');
    }),
    'echo end >"$SCRATCH/at"',
    '',
  ].join('\n');
}

const hidden = ({ line, text }: HiddenCommands): Command => ({ line, text, background: false });

function ofBlock(block: Block): Command[] {
  const { line, text, directive } = block;
  const command = { line, background: directive?.name === 'background' };
  if (directive?.name === 'file')
    return [{ ...command, text: `cat >${directive.argument} <<'END-OF-FILE'\n${text}\nEND-OF-FILE` }];
  if (!isCommand(block) || directive?.name === 'skip') return [];
  return [{ ...command, text }];
}
