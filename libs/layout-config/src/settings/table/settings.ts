import type { JsonValue } from '@org/domain';
import { AUTHORITY } from './authority.js';
import { ENROLMENT } from './enrolment.js';
import { GRPC } from './grpc.js';
import { LIMITS } from './limits.js';
import { PLATFORM } from './platform.js';
import { PROVISIONING } from './provisioning.js';
import { PROXY } from './proxy.js';
import { SERVING } from './serving.js';
import type { Setting } from './setting.js';
import { STATE } from './state.js';
import { TRACING } from './tracing.js';

export { type Setting, settingPath } from './setting.js';

/** Every setting, in the order in which it is listed (names and defaults: Provision README, Magistrala wire §7.3). */
export const SETTINGS = {
  ...SERVING,
  ...GRPC,
  ...LIMITS,
  ...PLATFORM,
  ...PROXY,
  ...PROVISIONING,
  ...AUTHORITY,
  ...ENROLMENT,
  ...STATE,
  ...TRACING,
};

/** A row of the table of settings for people. */
export interface SettingRow {
  /** The environment variable, the other names that are understood after it. */
  readonly name: string;
  readonly aliases: readonly string[];
  /** Empty when it cannot be set in the file. */
  readonly toml: string;
  /** Empty when there is none. */
  readonly default: string;
  readonly description: string;
}

/** All settings with their names and defaults: for the README and `--help`. */
export function settingsTable(): SettingRow[] {
  return Object.values<Setting>(SETTINGS).map(({ env: [name, ...aliases], key, envOnly, doc, ...rest }) => ({
    name,
    aliases,
    toml: envOnly ? '' : key,
    default: rest.documentedDefault ?? defaultText(rest.default),
    description: doc,
  }));
}

/** A default as a table shows it. */
export function defaultText(value: JsonValue | undefined): string {
  if (value === undefined) return '';
  return typeof value === 'object' ? '(built in)' : String(value);
}
