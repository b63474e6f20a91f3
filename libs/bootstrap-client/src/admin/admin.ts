import { type Health, type HttpClientOptions, createHttpClient, fetchHealth } from '@org/http-client';
import { BootstrapConfigs } from './configs.js';
import { ProfileAssignments } from './profile-assignments.js';
import { BootstrapProfiles } from './profiles.js';

/** What operators do in Magistrala's bootstrap service. */
export interface BootstrapAdmin {
  readonly configs: BootstrapConfigs;
  readonly profiles: BootstrapProfiles;
  readonly enrolments: ProfileAssignments;
  health(options?: { readonly signal?: AbortSignal }): Promise<Health>;
}

/** @throws ProvisionError `invalid` (`invalid_base_url`) */
export function createBootstrapAdmin(options: Omit<HttpClientOptions, 'service'>): BootstrapAdmin {
  const http = createHttpClient({ ...options, service: 'bootstrap' });
  return {
    configs: new BootstrapConfigs(http),
    profiles: new BootstrapProfiles(http),
    enrolments: new ProfileAssignments(http),
    health: (call) => fetchHealth(http, call),
  };
}
