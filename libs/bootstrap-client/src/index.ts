export { type BootstrapAdmin, createBootstrapAdmin } from './admin/admin.js';
export type { BootstrapConfig, ConfigCertificates, NewBootstrapConfig } from './admin/config.js';
export type { BootstrapConfigs, ConfigListOptions } from './admin/configs.js';
export type {
  SlotBinding,
  BoundResource,
  ProfileAssignments,
  ResourceType,
} from './admin/profile-assignments.js';
export type { BindingSlot, NewProfile, Profile, TemplateFormat } from './admin/profile.js';
export type { BootstrapProfiles, PreviewInput } from './admin/profiles.js';
export {
  type BootstrapAnswer,
  type BootstrapDevice,
  type BootstrapCredentials,
  createBootstrapDevice,
} from './device/fetch.js';
