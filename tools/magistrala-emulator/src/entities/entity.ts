import type { JsonObject } from '@org/domain';

export const ENTITY_STATUSES = ['enabled', 'disabled', 'deleted', 'all'] as const;
export type EntityStatus = 'enabled' | 'disabled' | 'deleted';

/** What clients and channels have in common. */
export interface Entity {
  readonly id: string;
  readonly domain_id: string;
  name: string;
  tags: readonly string[];
  metadata: JsonObject;
  parent_group_id: string;
  status: EntityStatus;
  readonly created_at: string;
  updated_at: string;
  updated_by: string;
  /** Who made it, and so has a role on the entity itself. */
  readonly ownerId: string;
  /** Id of that role. */
  readonly ownerRoleId: string;
  /** What SpiceDB holds of it: without, no one may do anything with it, platform administrators included. */
  policies: boolean;
  /** Rows of its roles: without, it is listed to platform administrators only, and cannot be deleted. */
  roles: boolean;
  /** On `performance.now`'s clock: until then checks of permissions miss it. */
  seenFrom: number;
}

/** What a call that was cut off can leave half done; of a whole thing both are true. */
export interface EntityFacts {
  readonly status?: EntityStatus;
  readonly policies?: boolean;
  readonly roles?: boolean;
}
