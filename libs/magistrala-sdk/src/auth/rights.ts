import type { authV1 } from '@org/proto';
import { type Caller, domainUserId } from './caller.js';

interface RightOnWire {
  /** The permission on the domain, which holds for all that is in it. */
  readonly inDomain: string;
  /** The permission on one client. */
  readonly onClient?: string;
  /** What a personal access token must be made for besides. */
  readonly scope: Pick<authV1.PATReq, 'entityType' | 'operation'>;
}

/**
 * What a caller may be allowed, in the words of Magistrala's SpiceDB schema and of its personal access tokens
 * (Magistrala wire §1.7, §1.8). Its services ask the same for the operations of these names.
 */
export const RIGHTS = {
  list_configurations: {
    inDomain: 'membership',
    scope: { entityType: 'bootstrap', operation: 'list' },
  },
  create_clients: {
    inDomain: 'client_create_permission',
    scope: { entityType: 'clients', operation: 'create_clients' },
  },
  update_clients: {
    inDomain: 'client_update_permission',
    onClient: 'update_permission',
    scope: { entityType: 'clients', operation: 'update' },
  },
  delete_clients: {
    inDomain: 'client_delete_permission',
    onClient: 'delete_permission',
    scope: { entityType: 'clients', operation: 'delete' },
  },
} as const satisfies Record<string, RightOnWire>;

export type Right = keyof typeof RIGHTS;

/** Where a right is asked for. */
export interface RightPlace {
  readonly domainId: string;
  /** A client of the domain; all of it when undefined. */
  readonly clientId?: string | undefined;
}

/**
 * The questions of which one must be answered with yes: about the one client, which needs no right on all, and about all,
 * which also helps where that client is gone.
 */
export function questionsAbout(
  caller: Caller,
  right: Right,
  { domainId, clientId }: RightPlace,
): authV1.AuthZReq[] {
  const { inDomain, onClient, scope }: RightOnWire = RIGHTS[right];
  const patReq = (entityId: string): authV1.PATReq | undefined =>
    caller.patId === undefined
      ? undefined
      : { patId: caller.patId, userId: caller.userId, domain: domainId, entityId, ...scope };
  const all = { policyReq: domainPolicy(caller, domainId, inDomain), patReq: patReq('*') };
  if (clientId === undefined || onClient === undefined) return [all];
  const policyReq = { ...all.policyReq, permission: onClient, objectType: 'client', object: clientId };
  return [{ policyReq, patReq: patReq(clientId) }, all];
}

/** A question about a permission of the caller's on a domain. */
export const domainPolicy = (caller: Caller, domainId: string, permission: string): authV1.PolicyReq => ({
  domain: '',
  subjectType: 'user',
  subjectKind: '',
  subjectRelation: '',
  subject: domainUserId(caller, domainId),
  relation: '',
  permission,
  object: domainId,
  objectType: 'domain',
});
