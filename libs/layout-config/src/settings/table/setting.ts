import type { JsonValue } from '@org/domain';
import type { Path } from '../../layout/path.js';
import type { Kind } from '../kinds.js';

/** One thing that can be configured. Reading, messages, `--check-config` and documentation follow from it. */
export interface Setting<V = unknown> {
  /** TOML path. */
  readonly key: string;
  /** Environment variables; the one that the original binary reads comes first and wins. */
  readonly env: readonly [string, ...string[]];
  readonly kind: Kind<V>;
  /** As someone would write it. */
  readonly default?: JsonValue;
  /** What the original documents as the default where this product uses none: credentials are never guessed. */
  readonly documentedDefault?: string;
  readonly doc: string;
  /** Not read from the file. */
  readonly envOnly?: true;
}

export function setting<T>(spec: Setting<T> & { readonly default: JsonValue }): Setting<T>;
export function setting<T>(spec: Setting<T>): Setting<T | undefined>;
export function setting<T>(spec: Setting<T>): Setting<T | undefined> {
  return spec;
}

export const settingPath = ({ key }: Pick<Setting, 'key'>): Path => key.split('.');
