/** A text with others below it. */
export interface Tree {
  readonly text: string;
  readonly below?: readonly Tree[];
}

/** Lines with branches drawn before them. */
export function drawTree(trees: readonly Tree[]): string[] {
  return trees.flatMap(({ text, below = [] }, index) => {
    const last = index === trees.length - 1;
    const under = drawTree(below).map((line) => `${last ? '   ' : '│  '}${line}`);
    return [`${last ? '└─ ' : '├─ '}${text}`, ...under];
  });
}
