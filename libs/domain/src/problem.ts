import { printable } from './printable.js';

/** Where something was said: a key of a file with its place, or an environment variable. */
export interface ConfigLocation {
  /** Dotted path of the key (`provisioning.server_url`, `clients[0].name`), or the variable's name. */
  readonly key: string;
  readonly file?: string;
  /** From 1. */
  readonly line?: number;
  /** From 1. */
  readonly column?: number;
}

/** What a problem or warning says beside where it is. */
export interface Saying {
  /** What is wrong. */
  readonly message: string;
  /** What was read, shortened; never a secret. */
  readonly found: string;
  /** What to write instead. */
  readonly wanted: string;
}

/** Something in a configuration that a program cannot start with. */
export interface Problem extends ConfigLocation, Saying {}

/**
 * Something that the program's operator should know and that does not stop it. A `note` tells of a choice that is
 * legitimate and permanent: shown when someone asks for a check, left out of start-up logs.
 */
export interface Warning extends Problem {
  readonly severity: 'warning' | 'note';
}

/** Gathers everything that is to be said about a configuration, so that it is said at once. */
export class Report {
  readonly problems: Problem[] = [];
  readonly warnings: Warning[] = [];

  problem(subject: ConfigLocation, saying: Saying): void {
    this.problems.push({ ...subject, ...saying });
  }

  warn(subject: ConfigLocation, saying: Saying): void {
    this.warnings.push({ ...subject, ...saying, severity: 'warning' });
  }

  note(subject: ConfigLocation, saying: Saying): void {
    this.warnings.push({ ...subject, ...saying, severity: 'note' });
  }
}

/** One line, fit for a terminal: `config.toml:12:3 server.port: what is wrong (found …; wanted …)`. */
export function formatProblem({ file, line, column, key, message, found, wanted }: Problem): string {
  const place = [file, line, column].filter((part) => part !== undefined).join(':');
  return printable(`${place && `${place} `}${key}: ${message} (found ${found}; wanted ${wanted})`);
}
