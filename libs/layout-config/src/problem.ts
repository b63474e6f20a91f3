/** Where something was said: a TOML key with its position, or an environment variable. */
export interface Subject {
  /** TOML path (`clients[0].name`) or name of the environment variable. */
  readonly key: string;
  readonly file?: string;
  /** From 1. */
  readonly line?: number;
  /** From 1. */
  readonly column?: number;
}

/** Something in the configuration that the service cannot start with. */
export interface Problem extends Subject {
  /** What is wrong. */
  readonly message: string;
  /** What was read, shortened; never a secret. */
  readonly found: string;
  /** What to write instead. */
  readonly wanted: string;
}

/**
 * Something that an operator should know and that does not stop the service. A `note` tells of a
 * choice that is legitimate and permanent: shown by `--check-config`, left out of start-up logs.
 */
export interface Warning extends Problem {
  readonly severity: 'warning' | 'note';
}

/** What a problem or warning says beside where it is. */
export interface Saying {
  readonly message: string;
  readonly found: string;
  readonly wanted: string;
}

/** Gathers everything that is to be said about a configuration, so that it is said at once. */
export class Report {
  readonly problems: Problem[] = [];
  readonly warnings: Warning[] = [];

  problem(subject: Subject, saying: Saying): void {
    this.problems.push({ ...subject, ...saying });
  }

  warn(subject: Subject, saying: Saying): void {
    this.warnings.push({ ...subject, ...saying, severity: 'warning' });
  }

  note(subject: Subject, saying: Saying): void {
    this.warnings.push({ ...subject, ...saying, severity: 'note' });
  }
}

/** One line: `config.toml:12:3 server.port: what is wrong (found …; wanted …)`. */
export function formatProblem(problem: Problem): string {
  const { file, line, column, key, message, found, wanted } = problem;
  const place = [file, line, column].filter((part) => part !== undefined).join(':');
  return `${place && `${place} `}${key}: ${message} (found ${found}; wanted ${wanted})`;
}
