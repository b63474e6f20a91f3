import type { JsonObject } from '@org/domain';
import { goList, goTime, needed } from '@org/http-client';

/** Times are RFC 3339 text (Magistrala wire §6). */
export interface Domain {
  readonly id: string;
  readonly name: string;
  readonly route: string;
  readonly tags: readonly string[];
  readonly metadata: JsonObject;
  readonly status: string;
  readonly createdBy: string | undefined;
  readonly createdAt: string | undefined;
  readonly updatedAt: string | undefined;
}

export interface NewDomain {
  /** A UUID; the service makes one when absent. */
  readonly id?: string;
  /** At most 254 characters. */
  readonly name: string;
  /** A UUID, or `^[a-zA-Z][a-zA-Z0-9_-]{0,35}$` without `__` and `--`; unique on the platform. */
  readonly route: string;
  readonly tags?: readonly string[];
  readonly metadata?: JsonObject;
}

export interface DomainRole {
  readonly id: string;
  readonly name: string;
}

export interface DomainMember {
  readonly userId: string;
  readonly roles: readonly DomainRole[];
}

export interface Invitation {
  readonly domainId: string;
  readonly domainName: string;
  readonly inviteeUserId: string;
  readonly invitedBy: string;
  readonly roleId: string;
  readonly roleName: string;
  readonly createdAt: string | undefined;
  readonly confirmedAt: string | undefined;
  readonly rejectedAt: string | undefined;
}

export interface WireDomain {
  id?: string;
  name?: string;
  route?: string;
  tags?: string[] | null;
  metadata?: JsonObject | null;
  status?: string;
  created_by?: string;
  created_at?: string;
  updated_at?: string;
}

export interface WireMember {
  member_id?: string;
  roles?: { role_id?: string; role_name?: string }[] | null;
}

export interface WireInvitation {
  domain_id?: string;
  domain_name?: string;
  invitee_user_id?: string;
  invited_by?: string;
  role_id?: string;
  role_name?: string;
  created_at?: string;
  confirmed_at?: string;
  rejected_at?: string;
}

export function domainFromWire(wire: WireDomain): Domain {
  return {
    id: needed(wire.id),
    name: wire.name ?? '',
    route: wire.route ?? '',
    tags: goList(wire.tags),
    metadata: wire.metadata ?? {},
    status: wire.status ?? 'enabled',
    createdBy: wire.created_by || undefined,
    createdAt: goTime(wire.created_at),
    updatedAt: goTime(wire.updated_at),
  };
}

export function memberFromWire(wire: WireMember): DomainMember {
  return {
    userId: needed(wire.member_id),
    roles: goList(wire.roles).map((role) => ({ id: role.role_id ?? '', name: role.role_name ?? '' })),
  };
}

export function invitationFromWire(wire: WireInvitation): Invitation {
  return {
    domainId: needed(wire.domain_id),
    domainName: wire.domain_name ?? '',
    inviteeUserId: wire.invitee_user_id ?? '',
    invitedBy: wire.invited_by ?? '',
    roleId: wire.role_id ?? '',
    roleName: wire.role_name ?? '',
    createdAt: goTime(wire.created_at),
    confirmedAt: goTime(wire.confirmed_at),
    rejectedAt: goTime(wire.rejected_at),
  };
}
