import type { JsonObject } from '@org/domain';

export const ENTITY_STATUSES = ['enabled', 'disabled', 'deleted', 'all'] as const;
export type EntityStatus = 'enabled' | 'disabled';

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
}
