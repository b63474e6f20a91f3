import { ProvisionError, isProvisionError } from '@org/domain';
import type { Config, OwnCredentials } from '@org/layout-config';
import type { AuthClient } from '@org/magistrala-sdk';
import { readClaims } from '../callers/claims.js';
import type { Passed } from '../health.js';

type Credentials = Pick<Config, 'credentials' | 'recoveryCredentials'>;

const API_KEY = 3;
const NONE =
  "the service has no credentials of its own, so removal depends on callers' tokens: set MG_PROVISION_API_KEY to a personal access token, or MG_PROVISION_USERNAME and MG_PROVISION_PASS";

const named = ({ credentials, recoveryCredentials }: Credentials) =>
  [
    ['MG_PROVISION_API_KEY', credentials],
    ['MG_PROVISION_RECOVERY_API_KEY', recoveryCredentials],
  ] as const satisfies readonly (readonly [string, OwnCredentials])[];

/**
 * Magistrala issues API keys without a role, and its services refuse them (Magistrala wire §11.1).
 *
 * @throws ProvisionError invalid `api_key_unusable`
 */
export function assertNoApiKeys(config: Credentials): void {
  for (const [setting, credentials] of named(config)) {
    if (credentials.kind !== 'api_key' || !isRefusedKey(readClaims(credentials.apiKey) ?? {})) continue;
    throw new ProvisionError({
      kind: 'invalid',
      code: 'api_key_unusable',
      message: `${setting}: this is an API key of Magistrala, which its services refuse; set a personal access token (pat_…)`,
      details: { field: setting },
    });
  }
}

const isRefusedKey = ({ type, role }: { type?: number; role?: number }) =>
  type === API_KEY && (role === undefined || role === 0);

/**
 * Whether the service can remove what it made by itself. Without an auth service to ask, any token is believed.
 *
 * @returns a warning when it has no credentials, or a token that the auth service does not know
 */
export async function checkOwnCredentials(
  config: Credentials,
  auth: AuthClient | undefined,
): Promise<Passed> {
  const set = named(config).filter(([, { kind }]) => kind !== 'none');
  if (set.length === 0) return { warning: NONE };
  const unknown: string[] = [];
  for (const [setting, credentials] of set)
    if (credentials.kind === 'api_key' && (await isUnknown(credentials, auth))) unknown.push(setting);
  if (unknown.length === 0) return {};
  return {
    warning: `${unknown.join(', ')}: the auth service does not accept this token; set a valid personal access token`,
  };
}

async function isUnknown(
  { apiKey }: Extract<OwnCredentials, { kind: 'api_key' }>,
  auth: AuthClient | undefined,
): Promise<boolean> {
  try {
    await auth?.authenticate(apiKey);
    return false;
  } catch (error) {
    // The check of the auth service itself says that it does not answer.
    return isProvisionError(error) && error.kind === 'unauthenticated';
  }
}
