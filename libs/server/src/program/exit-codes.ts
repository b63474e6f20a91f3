/** Of the server apps and of `provision`. */
export const EXIT = { DONE: 0, FAILED: 1, MISUSED: 2 } as const;

const MEANINGS: Readonly<Record<keyof typeof EXIT, string>> = {
  DONE: 'done',
  FAILED: 'failed; the message says why',
  MISUSED: 'the command line is wrong',
};

const rows = Object.entries(EXIT).map(
  ([name, code]) => `  ${String(code).padEnd(4)} ${MEANINGS[name as keyof typeof EXIT]}`,
);

/** For help texts. */
export const EXIT_CODES = ['Exit codes:', ...rows].join('\n');
