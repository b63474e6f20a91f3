import type { JsonObject } from '@org/domain';
import type { PageOptions, Query } from '@org/http-client';

/** Which clients, channels or domains are listed; all conditions must hold. */
export interface ListOptions extends PageOptions {
  readonly id?: string;
  /** Part of the name, in any case. */
  readonly name?: string;
  /** Default `enabled`. */
  readonly status?: 'enabled' | 'disabled' | 'deleted' | 'all';
  readonly tags?: { readonly any: readonly string[] } | { readonly all: readonly string[] };
  /** What the metadata must contain, nested objects included. */
  readonly metadata?: JsonObject;
  /** Default `updated_at`. */
  readonly order?: 'name' | 'created_at' | 'updated_at';
  /** Default `desc`. */
  readonly dir?: 'asc' | 'desc';
  /** Counts without listing. */
  readonly onlyTotal?: boolean;
  readonly roleId?: string;
  readonly roleName?: string;
  readonly actions?: readonly string[];
  readonly createdFrom?: Date;
  readonly createdTo?: Date;
}

/** Servers split tags on `+` for "all" and on `,` for "any" (Magistrala wire §2.5, §9). */
export function listQuery(options: ListOptions): Query {
  const { tags, metadata } = options;
  return {
    offset: options.offset,
    limit: options.limit,
    id: options.id,
    name: options.name,
    status: options.status,
    tags: tags && ('all' in tags ? tags.all.join('+') : tags.any.join(',')),
    metadata: metadata && JSON.stringify(metadata),
    order: options.order,
    dir: options.dir,
    only_total: options.onlyTotal,
    role_id: options.roleId,
    role_name: options.roleName,
    actions: options.actions?.join(','),
    created_from: options.createdFrom?.toISOString(),
    created_to: options.createdTo?.toISOString(),
  };
}
