import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import {
  type AgentSettings,
  type LoadSettingsResult,
  type SettingsFile,
  loadSettings,
  settingsFilePath,
} from '@org/device/settings';
import { type Problem, ProvisionError, type Warning, formatProblem } from '@org/domain';

/** Where settings are read from. */
export interface Where {
  /** The value of `--settings`. */
  readonly argument: string | undefined;
}

interface ReadSettings {
  readonly settings: AgentSettings;
  readonly warnings: readonly Warning[];
  /** Of the settings file, be there one or not. */
  readonly path: string;
}

/** The settings cannot be used. */
export class SettingsError extends ProvisionError {
  readonly problems: readonly Problem[];

  constructor(problems: readonly Problem[]) {
    super({
      kind: 'invalid',
      code: 'settings_invalid',
      message: problems.map(formatProblem).join('\n'),
    });
    this.problems = problems;
  }
}

export const settingsPath = ({ argument }: Where): { readonly path: string; readonly explicit: boolean } =>
  settingsFilePath({ argument, env: process.env, home: homedir() });

/** @throws SettingsError with everything that is wrong */
export function readSettings(where: Where): ReadSettings {
  const { path, explicit } = settingsPath(where);
  const file = readFile(path, explicit);
  if ('problem' in file) throw new SettingsError([file.problem]);
  const result: LoadSettingsResult = loadSettings({ file, env: process.env, home: homedir() });
  if (!result.ok) throw new SettingsError(result.problems);
  return { settings: result.settings, warnings: result.warnings, path };
}

function readFile(path: string, explicit: boolean): SettingsFile | { readonly problem: Problem } {
  try {
    return { path, explicit, text: readFileSync(path) };
  } catch (error) {
    const { code = 'an error' } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return { path, explicit, text: undefined };
    const [found, wanted] = REASONS[code] ?? [code, 'a file that can be read'];
    return {
      problem: { key: path, message: 'the settings file cannot be read', found, wanted },
    };
  }
}

const REASONS: Readonly<Record<string, readonly [found: string, wanted: string]>> = {
  EISDIR: ['a folder', 'a file; --settings takes the path of settings.yml itself'],
  ENOTDIR: ['a file among the folders above it', 'the path of settings.yml'],
  EACCES: ['no permission to read it', 'a file that the user of this agent may read'],
};
