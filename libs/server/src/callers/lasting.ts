import { type Clock, ProvisionError, type Secret } from '@org/domain';
import type { Config } from '@org/layout-config';
import { readClaims } from './claims.js';

/**
 * Milliseconds that a run and its removal may need: in either, a call of each kind may take its whole time limit, and
 * the configuration may first wait its turn for as long.
 */
export const neededMs = ({ readMs, writeMs, configurationMs }: Config['outbound']): number =>
  2 * (readMs + writeMs + configurationMs);

/**
 * Refuses tokens that end within that time. Those whose end is unknown pass: personal access tokens, for example.
 *
 * @throws ProvisionError unauthenticated `token_ends_too_soon`
 */
export const assertLasts =
  (needed: number, clock: Pick<Clock, 'now'>) =>
  (token: Secret): void => {
    const { exp } = readClaims(token) ?? {};
    if (typeof exp !== 'number') return;
    const left = exp * 1_000 - clock.now();
    // Whether it has ended already is for the platform to say.
    if (left <= 0 || left >= needed) return;
    throw new ProvisionError({
      kind: 'unauthenticated',
      code: 'token_ends_too_soon',
      message: `get a new token; this one ends in ${Math.floor(left / 1_000)} s and a run may need ${Math.ceil(needed / 1_000)} s, its removal included`,
    });
  };
