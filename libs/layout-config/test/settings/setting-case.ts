import type { Config } from '../../src/index.js';

type Read = (config: Config) => unknown;
export interface Case {
  readonly env: readonly string[];
  readonly toml: string;
  /** A value other than the default, as a variable has it. */
  readonly text: string;
  readonly read: Read;
  readonly value: unknown;
  readonly fallback: unknown;
  /** What else must be set for it to have an effect. */
  readonly with?: Record<string, string>;
}

export const plain = (
  toml: string,
  env: readonly string[],
  text: string,
  read: Read,
  fallback: unknown,
  value: unknown = text,
): Case => ({
  env,
  toml,
  text,
  read,
  value,
  fallback,
});
