import { type ConfigLocation, type JsonValue, type Report, withoutLineEnds } from '@org/domain';
import type { TomlDocument } from '../text/toml-document.js';
import { type Environment, isOwn, isSet } from './environment.js';
import { display, preview } from './preview.js';
import { SETTINGS, type Setting, defaultText, settingPath } from './table/settings.js';

/** Where a value came from. */
export type Origin =
  | { readonly from: 'default' }
  | { readonly from: 'env'; readonly name: string }
  | { readonly from: 'file'; readonly file: string; readonly line?: number };

/** What `--check-config` says of one setting. */
export interface SettingOrigin {
  /** TOML path. */
  readonly key: string;
  /** The environment variable; undefined for what only a file can say. */
  readonly env: string | undefined;
  /** As configured, shortened, secrets redacted; undefined when not set. */
  readonly value: string | undefined;
  readonly origin: Origin;
}

/** A setting's value, and whom to name when something is wrong with it. */
export interface Resolved<V = unknown> extends SettingOrigin {
  readonly env: string;
  readonly setting: Setting<V>;
  readonly resolved: V;
  readonly subject: ConfigLocation;
  /** True when environment or file say so. */
  readonly explicit: boolean;
}

type SettingName = keyof typeof SETTINGS;
type ValueOf<S> = S extends Setting<infer V> ? V : never;
export type Settings = { readonly [N in SettingName]: Resolved<ValueOf<(typeof SETTINGS)[N]>> };

/** Reads every setting: what the file says, else the environment, else the default. */
export function resolveSettings(env: Environment, document: TomlDocument, report: Report): Settings {
  const resolver = new Resolver(env, document, report);
  const entries = Object.entries<Setting>(SETTINGS).map(([name, setting]) => [
    name,
    resolver.resolve(setting),
  ]);
  return Object.fromEntries(entries) as Settings;
}

/** What each layout says for itself. */
export const LAYOUT_SETTINGS: readonly string[] = ['profileId', 'content', 'mqttUrl'];

/** The main settings with what a further layout's file says; its content and profile are never the main file's. */
export function resolveLayoutSettings(main: Settings, document: TomlDocument, report: Report): Settings {
  const resolver = new Resolver({}, document, report);
  const own = LAYOUT_SETTINGS.map((name) => [name, resolver.resolve(SETTINGS[name as SettingName])] as const);
  return {
    ...main,
    ...Object.fromEntries(own.filter(([name, { explicit }]) => explicit || name !== 'mqttUrl')),
  } as Settings;
}

class Resolver {
  constructor(
    private readonly env: Environment,
    private readonly document: TomlDocument,
    private readonly report: Report,
  ) {}

  resolve(setting: Setting): Resolved {
    const { key, env } = setting;
    const names = env.filter((name) => isSet(this.env[name]));
    const [name] = names;
    if (names.length > 1) this.#warnOfDisagreement(setting, names);
    const inFile = setting.envOnly ? undefined : this.document.said(settingPath(setting));
    if (inFile !== undefined) {
      const subject = this.document.subject(settingPath(setting));
      return this.#read(
        setting,
        inFile,
        { from: 'file', file: this.document.file!, line: subject.line },
        subject,
      );
    }
    if (name !== undefined)
      return this.#read(setting, this.#variable(setting, name), { from: 'env', name }, { key: name });
    return {
      ...this.#shown(setting, setting.default, { from: 'default' }),
      resolved: setting.default === undefined ? undefined : setting.kind.read(setting.default),
      subject: { key: `${env[0]} (or ${key} in the file)` },
      explicit: false,
    };
  }

  /** A variable's value without what its way here has put around it: line ends of files, blanks of people. */
  #variable({ kind }: Setting, name: string): string {
    const value = withoutLineEnds(this.env[name]!);
    if (!kind.keepsBlanks) return value.trim();
    if (value.trim() !== value)
      this.report.warn(
        { key: name },
        {
          message: 'blanks at its beginning or end belong to the value',
          found: 'blanks around it',
          wanted: 'none, unless they are meant',
        },
      );
    return value;
  }

  #read(setting: Setting, raw: JsonValue, origin: Origin, subject: ConfigLocation): Resolved {
    const resolved = setting.kind.read(raw);
    if (resolved === undefined) {
      this.report.problem(subject, {
        message: 'the value does not fit',
        found: (setting.kind.hide ?? preview)(raw),
        wanted: setting.kind.wanted,
      });
    }
    return { ...this.#shown(setting, raw, origin), resolved, subject, explicit: true };
  }

  #shown(setting: Setting, raw: JsonValue | undefined, origin: Origin) {
    const { key, env, kind } = setting;
    const plain =
      origin.from === 'default' || raw === undefined ? defaultText(raw) : (kind.hide ?? displayValue)(raw);
    return { setting, key, env: env[0], value: plain === '' ? undefined : plain, origin };
  }

  #warnOfDisagreement(setting: Setting, names: readonly string[]): void {
    const [winner, ...others] = names;
    // What is not ours is there for other programs, too: such as https_proxy.
    const rivals = others.filter((name) => !isOwn(winner!) || isOwn(name));
    const losers = rivals.filter((name) => this.env[name]!.trim() !== this.env[winner!]!.trim());
    if (losers.length === 0) return;
    this.report.warn(
      { key: losers.join(', ') },
      {
        message: `disagrees with ${winner}, which means the same; ${winner} won`,
        found: 'another value',
        wanted: `${winner} alone`,
      },
    );
  }
}

const displayValue = (raw: JsonValue) => (typeof raw === 'string' ? display(raw) : preview(raw));
