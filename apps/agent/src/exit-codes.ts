/** What the exit codes of this program mean; shown by `--help`, and so listed in docs/reference/cli.md. */
export const EXIT = {
  DONE: 0,
  FAILED: 1,
  MISUSED: 2,
  NOT_PROVISIONED: 3,
  BUSY: 4,
  REVOKED: 5,
  /** As shells have it for SIGINT. */
  INTERRUPTED: 130,
} as const;

const MEANINGS: Readonly<Record<keyof typeof EXIT, string>> = {
  DONE: 'done',
  FAILED: 'it failed; the message says why',
  MISUSED: 'the command line or the settings are wrong, so retrying does not help',
  NOT_PROVISIONED: 'status: this device has no identity that can be used',
  BUSY: 'another agent uses the same identity',
  REVOKED: "status, renew, doctor: the server has revoked this device's certificate",
  INTERRUPTED: 'interrupted',
};

const rows = Object.entries(EXIT).map(
  ([name, code]) => `  ${String(code).padEnd(4)} ${MEANINGS[name as keyof typeof EXIT]}`,
);

export const EXIT_CODES = ['Exit codes:', ...rows].join('\n');
