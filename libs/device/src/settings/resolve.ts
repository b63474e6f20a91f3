import type { JsonValue, Report, Subject } from '@org/domain';
import type { SettingsDocument } from './document.js';
import { SETTINGS, type Setting } from './table.js';

/** Environment variables, as `process.env` has them. An empty one counts as not set. */
export type Environment = Readonly<Record<string, string | undefined>>;

type Table = typeof SETTINGS;
type ValueOf<S> = S extends Setting<infer T> ? (S extends { default: unknown } ? T : T | undefined) : never;

/** Every setting's value. Where one could not be read, its default stands in, and the report has a problem. */
export type Values = { readonly [K in keyof Table]: ValueOf<Table[K]> };

/** Where a setting's value was said; undefined where nobody did. */
export type Origins = { readonly [K in keyof Table]: Subject | undefined };

/** What the settings say, before it is known whether they go together. */
export interface Resolved {
  readonly values: Values;
  readonly origins: Origins;
  /** Said, and not understood: what has to do with them cannot be judged. */
  readonly unread: ReadonlySet<keyof Values>;
  readonly env: Environment;
}

export interface ResolveInput {
  readonly env: Environment;
  readonly home: string;
  readonly document: SettingsDocument;
  readonly report: Report;
}

interface Said {
  readonly raw: JsonValue;
  readonly subject: Subject;
}

/** Environment first, then the file, then the default. */
export function resolveSettings(input: ResolveInput): Resolved {
  const origins: Record<string, Subject | undefined> = {};
  const values: Record<string, unknown> = {};
  const unread = new Set<keyof Values>();
  const data = resolveOne(SETTINGS.data, input);
  for (const [name, setting] of Object.entries<Setting>(SETTINGS)) {
    const one = name === 'data' ? data : resolveOne(setting, input, data.value as string);
    values[name] = one.value;
    origins[name] = one.subject;
    if (!one.isRead) unread.add(name as keyof Values);
  }
  return { values: values as Values, origins: origins as Origins, unread, env: input.env };
}

interface ResolvedOne {
  readonly value: unknown;
  readonly subject: Subject | undefined;
  readonly isRead: boolean;
}

function resolveOne(setting: Setting, input: ResolveInput, data = ''): ResolvedOne {
  const found = said(setting, input);
  const value = found && setting.kind.read(found.raw, input.home);
  if (found && value === undefined) {
    input.report.problem(found.subject, {
      message: 'the value does not fit',
      found: setting.kind.secret ? 'a value that is not shown' : preview(found.raw),
      wanted: setting.kind.wanted,
    });
  }
  return {
    value: value ?? defaultOf(setting, input.home, data),
    subject: found?.subject,
    isRead: found ? value !== undefined : !setting.keys.some((key) => input.document.isHidden(key)),
  };
}

function said({ env, keys }: Setting, input: ResolveInput): Said | undefined {
  const variable = env === undefined ? undefined : input.env[env];
  if (env !== undefined && variable !== undefined && variable !== '')
    return { raw: variable, subject: { key: env } };
  const [key] = keys.filter((each) => input.document.get(each) !== undefined);
  return key === undefined
    ? undefined
    : { raw: input.document.get(key)!, subject: input.document.subject(key) };
}

function defaultOf(setting: Setting, home: string, data: string): unknown {
  if (setting.default === undefined) return undefined;
  const raw = typeof setting.default === 'string' ? setting.default.replace('{data}', data) : setting.default;
  return setting.kind.read(raw, home);
}

const LONGEST = 60;

function preview(raw: JsonValue): string {
  if (Array.isArray(raw)) return 'a list';
  if (typeof raw === 'object' && raw !== null) return 'a section';
  const shown = JSON.stringify(raw);
  return shown.length > LONGEST ? `${shown.slice(0, LONGEST)}…` : shown;
}
