/** Where something was said: a key of settings.yml with its place, or an environment variable. */
export interface Subject {
  /** `provisioning.server_url`, or the variable's name. */
  readonly key: string;
  readonly file?: string;
  /** From 1. */
  readonly line?: number;
  /** From 1. */
  readonly column?: number;
}

/** What is to be said about the settings: with a problem the agent does not start, with a warning it does. */
export interface Problem extends Subject {
  /** What is wrong. */
  readonly message: string;
  /** What was read, shortened; never a secret. */
  readonly found: string;
  /** What to write instead. */
  readonly wanted: string;
}

type Saying = Pick<Problem, 'message' | 'found' | 'wanted'>;

/** Gathers everything that is to be said, so that it is said at once. */
export class Report {
  readonly problems: Problem[] = [];
  readonly warnings: Problem[] = [];

  problem(subject: Subject, saying: Saying): void {
    this.problems.push({ ...subject, ...saying });
  }

  warn(subject: Subject, saying: Saying): void {
    this.warnings.push({ ...subject, ...saying });
  }
}

/** One line: `settings.yml:12:3 server.port: what is wrong (found …; wanted …)`. */
export function formatProblem({ file, line, column, key, message, found, wanted }: Problem): string {
  const place = [file, line, column].filter((part) => part !== undefined).join(':');
  return `${place && `${place} `}${key}: ${message} (found ${found}; wanted ${wanted})`;
}
