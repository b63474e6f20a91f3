import { Option } from 'commander';

/** May stand before or after the command's name. */
export const settingsOption = (): Option =>
  new Option(
    '-s, --settings <path>',
    'settings file (default: MECHA_AGENT_SETTINGS_PATH, else ~/.mecha/agent/settings.yml)',
  );

export const jsonOption = (what = 'print JSON, for scripts'): Option => new Option('--json', what);

export interface SettingsOption {
  readonly settings?: string;
}

export interface JsonOption {
  readonly json?: boolean;
}
