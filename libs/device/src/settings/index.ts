export { type FirstSettings, defaultSettingsFile } from './default-file.js';
export type { SettingsFile } from './document.js';
export { expandHome } from './home.js';
export { type LoadSettingsInput, type LoadSettingsResult, loadSettings, settingsFilePath } from './load.js';
export type { Environment } from './resolve.js';
export type { AgentSettings, IdentityPaths, ListenAddress, Pkcs11Settings } from './settings.js';
