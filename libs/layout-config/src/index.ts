export type {
  AuthGrpc,
  Config,
  ConfiguredOperator,
  ListenTls,
  OutboundTls,
  OwnCredentials,
  ServiceUrls,
} from './config.js';
export {
  type CompiledContent,
  type ContentCertificate,
  type ContentChannel,
  type ContentClient,
  type ContentProblem,
  type ContentTemplate,
  type ContentValues,
  compileContent,
  renderContent,
} from './content.js';
export { describeConfig, describeConfigJson } from './describe.js';
export {
  CHANNEL_TYPES,
  type ChannelType,
  type Layout,
  type LayoutBinding,
  type LayoutChannel,
  type LayoutClient,
} from './layout.js';
export { type LoadInput, type LoadResult, configFilePath, loadConfig } from './load.js';
export { type Problem, type Warning, formatProblem } from './problem.js';
export type { ReadFolder } from './read-layouts.js';
export type { ContentScope } from './reference.js';
export type { Environment, Origin, SettingOrigin } from './resolve.js';
export { type SettingRow, settingsTable } from './settings/settings.js';
export type { ConfigFile } from './toml.js';
