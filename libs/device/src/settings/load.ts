import { type Problem, Report, type Warning } from '@org/domain';
import { type SettingsFile, readDocument } from './document.js';
import { expandHome } from './home.js';
import { type Environment, resolveSettings } from './resolve.js';
import { checkRules } from './rules.js';
import { type AgentSettings, toSettings } from './settings.js';
import { checkKeys } from './unknown-keys.js';

interface LoadSettingsInput {
  /** Undefined: environment and defaults alone. */
  readonly file?: SettingsFile;
  readonly env: Environment;
  /** The home folder, for `~`. */
  readonly home: string;
}

export type LoadSettingsResult = { readonly warnings: readonly Warning[] } & (
  | { readonly ok: true; readonly settings: AgentSettings }
  | { readonly ok: false; readonly problems: readonly Problem[] }
);

/**
 * Which settings file to read: the one on the command line, else MECHA_AGENT_SETTINGS_PATH, else
 * `~/.mecha/agent/settings.yml`.
 */
export function settingsFilePath(input: {
  /** The value of `--settings`. */
  readonly argument?: string;
  readonly env: Environment;
  readonly home: string;
}): { readonly path: string; readonly explicit: boolean } {
  const named = input.argument || input.env['MECHA_AGENT_SETTINGS_PATH'];
  const path = named || '~/.mecha/agent/settings.yml';
  return { path: expandHome(path, input.home) ?? path, explicit: Boolean(named) };
}

/**
 * A settings file and environment variables to checked settings. The environment wins over the file, the file over
 * defaults. Never throws; everything that is wrong is listed at once.
 */
export function loadSettings({ file, env, home }: LoadSettingsInput): LoadSettingsResult {
  const report = new Report();
  const document = readDocument(file, report);
  const isReadable = report.problems.length === 0;
  checkKeys(document, report);
  const resolved = resolveSettings({ env, home, document, report });
  if (isReadable) checkRules(resolved, report);
  const { problems, warnings } = report;
  return problems.length > 0
    ? { ok: false, problems, warnings }
    : { ok: true, settings: toSettings(resolved), warnings };
}
