import type { JsonObject } from '@org/domain';
import {
  type DomainCallOptions,
  type HttpClient,
  type Page,
  type PageOptions,
  type WirePage,
  fromJson,
  goList,
  path,
  refineBy,
  toPage,
} from '@org/http-client';
import type { ResourceType } from './profile-assignments.js';
import {
  type BindingSlot,
  type NewProfile,
  type Profile,
  type WireProfile,
  type WireSlot,
  profileFromWire,
  profileToWire,
  slotFromWire,
} from './profile.js';

/** What a template is tried with. */
export interface PreviewInput {
  readonly configId?: string;
  readonly externalId?: string;
  readonly domainId?: string;
  readonly renderContext?: JsonObject;
  readonly bindings?: readonly {
    readonly slot: string;
    readonly type: ResourceType;
    readonly resourceId: string;
    readonly snapshot?: JsonObject;
    readonly secretSnapshot?: JsonObject;
  }[];
}

const profile = fromJson<WireProfile, Profile>(profileFromWire);

/**
 * Bootstrap profiles (Magistrala wire §4.4). Where the service does not like a profile (name taken, bad slot, bad
 * template) it answers as if it had failed: `ambiguous` (`server_error`). Check before you send.
 */
export class BootstrapProfiles {
  constructor(private readonly http: HttpClient) {}

  async create(newProfile: NewProfile, call: DomainCallOptions): Promise<Profile> {
    return this.http.request({
      operation: 'create_profile',
      method: 'POST',
      path: path`/${call.domainId}/clients/bootstrap/profiles`,
      json: profileToWire(newProfile),
      expect: [200, 201],
      decode: profile,
      ...call,
    });
  }

  /** Creates a profile from a file's text. */
  async upload(
    file: { readonly text: string; readonly format: 'json' | 'yaml' | 'toml' },
    call: DomainCallOptions,
  ): Promise<Profile> {
    return this.http.request({
      operation: 'upload_profile',
      method: 'POST',
      path: path`/${call.domainId}/clients/bootstrap/profiles/upload`,
      headers: { 'content-type': `application/${file.format}` },
      body: file.text,
      expect: [200, 201],
      decode: profile,
      ...call,
    });
  }

  /** Newest first. @param options limit: 1 to 100 */
  async list(options: PageOptions, call: DomainCallOptions): Promise<Page<Profile>> {
    return this.http.request({
      operation: 'list_profiles',
      method: 'GET',
      path: path`/${call.domainId}/clients/bootstrap/profiles`,
      query: { ...options },
      expect: [200],
      decode: fromJson<WirePage & { profiles: WireProfile[] | null }, Page<Profile>>((wire) =>
        toPage(wire, wire.profiles, profileFromWire),
      ),
      ...call,
    });
  }

  async view(id: string, call: DomainCallOptions): Promise<Profile> {
    return this.http.request({
      operation: 'view_profile',
      method: 'GET',
      path: path`/${call.domainId}/clients/bootstrap/profiles/${id}`,
      expect: [200],
      decode: profile,
      ...call,
    });
  }

  async slots(id: string, call: DomainCallOptions): Promise<readonly BindingSlot[]> {
    return this.http.request({
      operation: 'profile_slots',
      method: 'GET',
      path: path`/${call.domainId}/clients/bootstrap/profiles/${id}/slots`,
      expect: [200],
      decode: fromJson<{ binding_slots: WireSlot[] | null }, BindingSlot[]>((wire) =>
        goList(wire.binding_slots).map(slotFromWire),
      ),
      ...call,
    });
  }

  /**
   * Renders without storing anything. Required slots may be left open here, unlike when a device asks.
   *
   * @throws HttpError `unavailable` (`render_failed`): the template does not fit, or the service is out of order
   */
  async renderPreview(id: string, input: PreviewInput, call: DomainCallOptions): Promise<string> {
    const { configId, externalId, domainId, renderContext, bindings } = input;
    return this.http.request({
      operation: 'render_preview',
      method: 'POST',
      path: path`/${call.domainId}/clients/bootstrap/profiles/${id}/render-preview`,
      json: {
        config: { id: configId, external_id: externalId, domain_id: domainId, render_context: renderContext },
        bindings: bindings?.map(({ slot, type, resourceId, snapshot, secretSnapshot }) => ({
          slot,
          type,
          resource_id: resourceId,
          snapshot,
          secret_snapshot: secretSnapshot,
        })),
      },
      expect: [200],
      decode: fromJson<{ content: string }, string>(({ content }) => content ?? ''),
      refine: refineBy({ '500': { kind: 'unavailable', code: 'render_failed' } }),
      safe: true,
      ...call,
    });
  }

  /** Replaces the whole profile: what is absent is cleared. The service's answer is an echo and not read. */
  async update(id: string, replacement: NewProfile, call: DomainCallOptions): Promise<void> {
    await this.http.request({
      operation: 'update_profile',
      method: 'PATCH',
      path: path`/${call.domainId}/clients/bootstrap/profiles/${id}`,
      json: profileToWire(replacement),
      expect: [200],
      ...call,
    });
  }

  /** Succeeds even when there is none. Configurations that used it lose it. */
  async remove(id: string, call: DomainCallOptions): Promise<void> {
    await this.http.request({
      operation: 'remove_profile',
      method: 'DELETE',
      path: path`/${call.domainId}/clients/bootstrap/profiles/${id}`,
      expect: [204],
      ...call,
    });
  }
}
