import type { JsonObject } from '@org/domain';
import {
  type DomainCallOptions,
  type HttpClient,
  fromJson,
  goList,
  goTime,
  needed,
  path,
} from '@org/http-client';

export type ResourceType = 'client' | 'channel';

/** Fills a slot of the configuration's profile. */
export interface SlotBinding {
  /** At most 256 characters. */
  readonly slot: string;
  readonly type: ResourceType;
  readonly resourceId: string;
}

/** A binding with what was read of the resource when it was bound or refreshed; secrets are left out. */
export interface BoundResource extends SlotBinding {
  readonly configId: string;
  readonly snapshot: JsonObject;
  /** RFC 3339 */
  readonly updatedAt: string | undefined;
}

interface WireBinding {
  config_id?: string;
  slot?: string;
  type?: ResourceType;
  resource_id?: string;
  snapshot?: JsonObject | null;
  updated_at?: string;
}

function bindingFromWire(wire: WireBinding): BoundResource {
  return {
    configId: wire.config_id ?? '',
    slot: needed(wire.slot),
    type: wire.type ?? 'client',
    resourceId: needed(wire.resource_id),
    snapshot: wire.snapshot ?? {},
    updatedAt: goTime(wire.updated_at),
  };
}

/** Which profile a configuration uses, and what fills its slots (Magistrala wire §4.5). */
export class ProfileAssignments {
  constructor(private readonly http: HttpClient) {}

  /** @throws HttpError `not_found` when configuration or profile is unknown */
  async assignProfile(configId: string, profileId: string, call: DomainCallOptions): Promise<void> {
    await this.http.request({
      operation: 'assign_profile',
      method: 'PATCH',
      path: path`/${call.domainId}/clients/bootstrap/enrollments/${configId}/profile`,
      json: { profile_id: profileId },
      expect: [204],
      repeatable: true,
      ...call,
    });
  }

  /**
   * Fills slots; those not named stay as they are. All required slots must be filled afterwards, or nothing is
   * stored. The service reads the resources with the caller's token.
   *
   * @throws HttpError `not_found` when the configuration is unknown or has no profile, or a resource cannot be
   *   read; `ambiguous` (`server_error`) also for an unknown slot, a wrong type or a required slot left open
   */
  async bind(configId: string, bindings: readonly SlotBinding[], call: DomainCallOptions): Promise<void> {
    await this.http.request({
      operation: 'bind',
      method: 'PUT',
      path: path`/${call.domainId}/clients/bootstrap/enrollments/${configId}/bindings`,
      json: {
        bindings: bindings.map(({ slot, type, resourceId }) => ({ slot, type, resource_id: resourceId })),
      },
      expect: [204],
      ...call,
    });
  }

  async bindings(configId: string, call: DomainCallOptions): Promise<readonly BoundResource[]> {
    return this.http.request({
      operation: 'list_bindings',
      method: 'GET',
      path: path`/${call.domainId}/clients/bootstrap/enrollments/${configId}/bindings`,
      expect: [200],
      decode: fromJson<{ bindings: WireBinding[] | null }, BoundResource[]>((wire) =>
        goList(wire.bindings).map(bindingFromWire),
      ),
      ...call,
    });
  }

  /** Reads all bound resources again, new secrets included. */
  async refresh(configId: string, call: DomainCallOptions): Promise<void> {
    await this.http.request({
      operation: 'refresh_bindings',
      method: 'POST',
      path: path`/${call.domainId}/clients/bootstrap/enrollments/${configId}/bindings/refresh`,
      expect: [204],
      repeatable: true,
      ...call,
    });
  }
}
