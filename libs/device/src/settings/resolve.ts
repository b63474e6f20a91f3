import { type JsonValue, type Report, type ConfigLocation, withoutLineEnds } from '@org/domain';
import type { SettingsDocument } from './document.js';
import { SETTINGS, type Setting } from './table.js';

/** Environment variables, as `process.env` has them. An empty one counts as not set. */
export type Environment = Readonly<Record<string, string | undefined>>;

type Table = typeof SETTINGS;
type ValueOf<S> = S extends Setting<infer T> ? (S extends { default: unknown } ? T : T | undefined) : never;

/** Every setting's value. Where one could not be read, its default stands in, and the report has a problem. */
export type Values = { readonly [K in keyof Table]: ValueOf<Table[K]> };

/** Where a setting's value was said; undefined where no one did. */
export type Origins = { readonly [K in keyof Table]: ConfigLocation | undefined };

/** What the settings say, before it is known whether they go together. */
export interface Resolved {
  readonly values: Values;
  readonly origins: Origins;
  /** Said, and not understood: what has to do with them cannot be judged. */
  readonly unread: ReadonlySet<keyof Values>;
  readonly env: Environment;
}

interface ResolveInput {
  readonly env: Environment;
  readonly home: string;
  readonly document: SettingsDocument;
  readonly report: Report;
}

interface Said {
  readonly raw: JsonValue;
  /** As it stands in the file; undefined elsewhere. */
  readonly written?: string;
  readonly subject: ConfigLocation;
}

/** Environment first, then the file, then the default. */
export function resolveSettings(input: ResolveInput): Resolved {
  const origins: Record<string, ConfigLocation | undefined> = {};
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
  readonly subject: ConfigLocation | undefined;
  readonly isRead: boolean;
}

function resolveOne(setting: Setting, input: ResolveInput, data = ''): ResolvedOne {
  const { kind } = setting;
  const found = said(setting, input);
  const isAsWritten = found && !(kind.isAnyText && isChanged(found));
  const value = isAsWritten ? kind.read(found.raw, input.home) : undefined;
  if (found && value === undefined) {
    input.report.problem(found.subject, {
      message: 'the value does not fit',
      found: kind.secret ? 'a value that is not shown' : preview(found),
      wanted: kind.isText && isNoText(found) ? `${kind.wanted}; ${QUOTES}` : kind.wanted,
    });
  }
  return {
    value: value ?? defaultOf(setting, input.home, data),
    subject: found?.subject,
    isRead: found ? value !== undefined : !setting.keys.some((key) => input.document.isHidden(key)),
  };
}

function said(setting: Setting, input: ResolveInput): Said | undefined {
  const { env, inherited } = setting;
  return saidBy(env ? [env] : [], input) ?? saidInFile(setting, input) ?? saidBy(inherited ?? [], input);
}

function saidBy(variables: readonly string[], { env }: ResolveInput): Said | undefined {
  const valueOf = (name: string) => withoutLineEnds(env[name] ?? '');
  const name = variables.find(valueOf);
  return name === undefined ? undefined : { raw: valueOf(name), subject: { key: name } };
}

function saidInFile({ keys, kind }: Setting, { document }: ResolveInput): Said | undefined {
  const key = keys.find(
    (each) => document.get(each) !== undefined || (kind.isAnyText && document.written(each) !== ''),
  );
  if (key === undefined) return undefined;
  return { raw: document.get(key) ?? null, written: document.written(key), subject: document.subject(key) };
}

/** Whether YAML has made another value of what stands in the file than someone who reads it would. */
const isChanged = ({ raw, written }: Said): boolean =>
  typeof raw !== 'string' && !(Number.isSafeInteger(raw) && String(raw) === written);

/** Whether something stands there that is no text to YAML, nor a list or a section. */
const isNoText = ({ raw, written = '' }: Said): boolean => typeof raw !== 'string' && written !== '';

const QUOTES = 'put it in quotes, as YAML reads it as something else';

function defaultOf(setting: Setting, home: string, data: string): unknown {
  if (setting.default === undefined) return undefined;
  const raw = typeof setting.default === 'string' ? setting.default.replace('{data}', data) : setting.default;
  return setting.kind.read(raw, home);
}

const LONGEST = 60;

function preview(said: Said): string {
  const { raw, written = '' } = said;
  if (Array.isArray(raw)) return 'a list';
  if (typeof raw === 'object' && written === '') return 'a section';
  const shown = isNoText(said) ? written : JSON.stringify(raw);
  return shown.length > LONGEST ? `${shown.slice(0, LONGEST)}…` : shown;
}
