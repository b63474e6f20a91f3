export { defaultSettingsFile } from './default-file.js';
export type { SettingsFile } from './document.js';
export { expandHome } from './home.js';
export { type LoadSettingsResult, loadSettings, settingsFilePath } from './load.js';
export type { Environment } from './resolve.js';
export type { AgentSettings, IdentityPaths, ListenAddress } from './settings.js';
