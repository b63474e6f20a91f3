/** What the exit codes of this program mean; shown by `--help`. */
export const EXIT = {
  /** Done. */
  DONE: 0,
  /** It did not work; the message says why. Later it may. */
  FAILED: 1,
  /** The command line or the settings are wrong: starting again does not help. */
  MISUSED: 2,
  /** `status`: this device has no identity that can be used. */
  NOT_PROVISIONED: 3,
  /** Another agent is at work on the same identity. */
  BUSY: 4,
  /** Stopped by a signal (SIGINT), as shells have it. */
  INTERRUPTED: 130,
} as const;

export const EXIT_CODES = `Exit codes:
  0    done
  1    it did not work; the message says why
  2    the command line or the settings are wrong, so that trying again does not help
  3    status: this device has no identity that can be used
  4    another agent is at work on the same identity
  130  interrupted`;
