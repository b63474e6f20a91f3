import { type ErrorCode, ProvisionError } from '@org/domain';
import { RIGHTS, type Right } from '@org/magistrala-sdk';

const MAY_NOT: Record<Right, readonly [code: ErrorCode, what: string]> = {
  list_configurations: ['may_not_read', 'read bootstrap configurations of this domain'],
  create_clients: ['may_not_create', 'create clients in this domain'],
  update_clients: ['may_not_update', 'update the client, or all clients of this domain'],
  delete_clients: ['may_not_remove', 'delete the client, or all clients of this domain'],
};

/** That a caller lacks a right on the platform, and what a token of theirs needs. */
export function mayNot(right: Right): ProvisionError {
  const [code, what] = MAY_NOT[right];
  const { entityType, operation } = RIGHTS[right].scope;
  return new ProvisionError({
    kind: 'forbidden',
    code,
    message: `this takes the right to ${what}; a personal access token also needs the scope ${operation} on ${entityType}. Ask an administrator of the domain`,
  });
}
