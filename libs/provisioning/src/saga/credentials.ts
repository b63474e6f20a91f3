import { ProvisionError, type Secret } from '@org/domain';
import type { TokenSource } from '../platform/platform.js';

/** A caller's token, as it came; it cannot be refreshed. */
export const callerToken = (token: Secret): TokenSource => ({ token: async () => token });

export function missingCredentials(): ProvisionError {
  return new ProvisionError({
    kind: 'unauthenticated',
    code: 'missing_credentials',
    message: 'missing or invalid bearer user token',
  });
}

/** Stands where neither the caller nor the configuration gives a token. */
export const noToken: TokenSource = {
  async token() {
    throw missingCredentials();
  },
};
