import { type Problem, Report, type Warning, withoutLineEnds } from '@org/domain';
import type { Config } from './config.js';
import { readDocument } from './document/read-document.js';
import { deepFreeze } from './freeze.js';
import { readLayout } from './layout-reader/read-layout.js';
import { type ReadFolder, readLayouts } from './layout-reader/read-layouts.js';
import { type Environment, isSet, warnOfUnknownVariables } from './settings/environment.js';
import { type ReadFile, readPemFiles } from './settings/pem-files.js';
import { preview } from './settings/preview.js';
import { type SettingOrigin, type Settings, resolveSettings } from './settings/resolve.js';
import { checkRules } from './settings/rules/rules.js';
import { SETTINGS } from './settings/table/settings.js';
import type { TomlDocument } from './text/toml-document.js';
import type { ConfigFile } from './text/toml.js';
import { toConfig } from './to-config.js';

export interface LoadInput {
  readonly env: Environment;
  /** Undefined: environment and defaults alone. */
  readonly file?: ConfigFile;
  /** Needed where a folder of layouts is configured. */
  readonly readFolder?: ReadFolder;
  /**
   * Reads the PEM files that settings name. Undefined: they are neither read nor checked, and the configuration holds what
   * was written, paths included.
   */
  readonly readPemFile?: ReadFile;
  /** The machine's own, for certificates of servers; left out when undefined. */
  readonly hostName?: string;
}

/** What is known whether the configuration is usable or not. */
interface Findings {
  /** The file that was read, if any. */
  readonly file: string | undefined;
  readonly warnings: readonly Warning[];
  /** Every setting with where its value came from. */
  readonly origins: readonly SettingOrigin[];
}
export type LoadResult =
  | (Findings & { readonly ok: true; readonly config: Config })
  | (Findings & { readonly ok: false; readonly problems: readonly Problem[] });

/**
 * The file that the environment names: MG_PROVISION_CONFIG_FILE, else `config.toml`. The app reads it and
 * passes `{ ...configFilePath(env), text }` on, `text` undefined where there is no such file.
 */
export function configFilePath(env: Environment): { path: string; explicit: boolean } {
  const named = env[SETTINGS.file.env[0]];
  return isSet(named)
    ? { path: withoutLineEnds(named), explicit: true }
    : { path: String(SETTINGS.file.default), explicit: false };
}

/**
 * Environment and file to a checked configuration, frozen. Never throws; everything that is wrong is
 * listed at once. What the file says wins over the environment, `false` included, except under an obsolete key; what it
 * does not say keeps the environment's value or the default.
 */
export function loadConfig({ env, file, readFolder, readPemFile, hostName }: LoadInput): LoadResult {
  const report = new Report();
  const document = readDocument(file, env, report);
  const written = resolveSettings(env, document, report);
  warnOfUnknownVariables(env, report);
  checkRules(written, report);
  const settings = readPemFile ? readPemFiles(written, readPemFile, report) : written;
  const layout = readLayout({ document, settings, report });
  const layouts = readLayouts({ main: document, settings, readFolder, report });
  const findings = { file: document.file, warnings: report.warnings, origins: originsOf(settings, document) };
  if (report.problems.length > 0) return { ok: false, problems: report.problems, ...findings };
  return { ok: true, config: deepFreeze(toConfig(settings, { layout, layouts, hostName })), ...findings };
}

function originsOf(settings: Settings, document: TomlDocument): SettingOrigin[] {
  const single = Object.values(settings).map(({ key, env, value, origin }) => ({ key, env, value, origin }));
  const lists = ['clients', 'channels'].map((key): SettingOrigin => {
    const written = document.get([key]);
    if (written === undefined)
      return { key, env: undefined, value: '(built in)', origin: { from: 'default' } };
    const { file, line } = document.subject([key]);
    return { key, env: undefined, value: preview(written), origin: { from: 'file', file: file!, line } };
  });
  return [...single, ...lists];
}
