import { parseDuration } from '@org/domain';
import type { AuthorityKeyAlgorithm } from '@org/x509';
import type { AuthorityPlan } from '@org/store';
import { type Command, InvalidArgumentError, Option } from 'commander';

const MINUTE_MS = 60e3;
/** A hundred years: more is a typing error. */
const LONGEST_MS = 876_000 * 3600e3;

export const ALGORITHMS: readonly AuthorityKeyAlgorithm[] = ['P-256', 'P-384', 'RSA-3072', 'Ed25519'];

/** Go duration text to milliseconds. */
export function duration(text: string): number {
  const ms = parseDuration(text);
  if (ms !== undefined && ms >= MINUTE_MS && ms <= LONGEST_MS) return ms;
  throw new InvalidArgumentError('Write a duration from 1m to 876000h, such as 2160h or 1h30m.');
}

/** A date, or a duration from now, to milliseconds since 1970. */
export function dateOrDuration(text: string): number {
  const fromNow = parseDuration(text);
  if (fromNow !== undefined) return Date.now() + fromNow;
  const date = /^\d{4}-\d\d-\d\d/.test(text) ? Date.parse(text) : NaN;
  if (!Number.isNaN(date)) return date;
  throw new InvalidArgumentError('Write a date, such as 2027-01-31, or a duration from now, such as 720h.');
}

/** Of a new authority. */
export interface FoundingOptions {
  readonly organization?: string;
  readonly algorithm?: AuthorityKeyAlgorithm;
  /** Milliseconds. */
  readonly rootLifetime?: number;
  /** Milliseconds. */
  readonly issuingLifetime?: number;
}

/** For options that are left out. */
export type FoundingDefaults = Pick<AuthorityPlan, 'organization' | 'algorithm'>;

/** @param source of the defaults, for the help text */
export function addFoundingOptions(command: Command, source: string): Command {
  return command
    .option('--organization <name>', `organisation in the names of the authorities (default: ${source})`)
    .addOption(new Option('--algorithm <kind>', `type of the keys (default: ${source})`).choices(ALGORITHMS))
    .option(
      '--root-lifetime <duration>',
      'how long the root is valid, such as 87600h (default: ten years)',
      duration,
    )
    .option(
      '--issuing-lifetime <duration>',
      'how long the issuing authority is valid, such as 26280h (default: three years)',
      duration,
    );
}

export function foundingPlan(
  defaults: FoundingDefaults,
  options: FoundingOptions,
  now: number,
): AuthorityPlan {
  return {
    organization: options.organization ?? defaults.organization,
    algorithm: options.algorithm ?? defaults.algorithm,
    now,
    rootLifetimeMs: options.rootLifetime,
    issuingLifetimeMs: options.issuingLifetime,
  };
}
