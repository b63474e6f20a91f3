export type {
  AuthGrpc,
  Config,
  ConfiguredOperator,
  ListenTls,
  OutboundTls,
  OwnCredentials,
  ServiceUrls,
} from './config.js';
export { describeConfig, describeConfigJson } from './describe.js';
export { type LoadInput, type LoadResult, configFilePath, loadConfig } from './load.js';
export { type Problem, type Warning, formatProblem } from './problem.js';
export type { ReadFolder } from './read-layouts.js';
export type { Environment, Origin, SettingOrigin } from './resolve.js';
export { type SettingRow, settingsTable } from './settings/settings.js';
export type { ConfigFile } from './toml.js';
