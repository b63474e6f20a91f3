import { globSync } from 'node:fs';

/** Pages whose commands run. */
export const COMMAND_PAGES = ['README.md', 'docs/tutorials/*.md', 'docs/how-to/*.md'];

/** Pages whose examples in TypeScript compile. */
export const EXAMPLE_PAGES = ['docs/**/*.md', 'libs/*/README.md', 'tools/*/README.md'];

export const pagesOf = (root: string, patterns: readonly string[]): string[] =>
  patterns.flatMap((pattern) => globSync(pattern, { cwd: root })).sort();
