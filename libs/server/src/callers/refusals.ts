import { type ErrorCode, ProvisionError, isProvisionError } from '@org/domain';

const refused = (code: ErrorCode, message: string, cause?: unknown) =>
  new ProvisionError({ kind: 'unauthenticated', code, message, cause });

export const badToken = (cause?: unknown) =>
  refused('invalid_token', 'failed to perform authentication over the entity', cause);

export const unverifiedUser = () => refused('unverified_user', 'email not verified');

export const notAllowed = (cause?: unknown) =>
  new ProvisionError({
    kind: 'forbidden',
    code: 'not_a_member',
    message: 'failed to perform authorization over the entity',
    cause,
  });

export const configuredOperatorsOnly = () =>
  new ProvisionError({
    kind: 'forbidden',
    code: 'configured_operators_only',
    message:
      'devices that wait belong to no domain: only operators of MG_PROVISION_OPERATOR_TOKENS see all of them; others find one by its code',
  });

export const operatorNeedsCredentials = () =>
  new ProvisionError({
    kind: 'forbidden',
    code: 'operator_needs_credentials',
    message:
      'operators of the configuration act on the platform with the credentials of this service, and it has none: set MG_PROVISION_API_KEY, or MG_PROVISION_USERNAME and MG_PROVISION_PASS',
  });

/** Refusals by the service that was asked, in the words that callers of Magistrala's services know. */
export async function inWireWords<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    const kind = isProvisionError(error) ? error.kind : undefined;
    if (kind === 'unauthenticated') throw badToken(error);
    if (kind === 'forbidden' || kind === 'not_found') throw notAllowed(error);
    throw error;
  }
}
