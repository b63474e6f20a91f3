export type {
  AuthGrpc,
  Config,
  ConfiguredOperator,
  ListenTls,
  OutboundTls,
  OwnCredentials,
  ServiceUrls,
} from './config.js';
export { describeConfig, describeConfigJson } from './describe/describe.js';
export { type LoadInput, type LoadResult, configFilePath, loadConfig } from './load.js';
export { type Problem, type Warning, formatProblem } from '@org/domain';
export type { ReadFolder } from './layout-reader/read-layouts.js';
export type { Environment } from './settings/environment.js';
export type { Origin, SettingOrigin } from './settings/resolve.js';
export { readSecretFiles } from './settings/secret-files.js';
export { type SettingRow, settingsTable } from './settings/table/settings.js';
export type { ConfigFile } from './text/toml.js';
