import { isProvisionError } from '@org/domain';
import type { PlatformSession, TokenSource } from '@org/provisioning';

/** A source that can give another token where the platform refuses this one before its time. */
export interface RenewableTokenSource extends TokenSource {
  /** Forgets the token that was given last. */
  invalidate(): void;
}

const isRenewable = (token: TokenSource): token is RenewableTokenSource => 'invalidate' in token;

/**
 * The same session, whose calls are made once more with a new token when theirs is refused: after a change of
 * the platform's keys, say. What was refused did certainly not happen.
 */
export function renewingRefusedTokens(session: PlatformSession, token: TokenSource): PlatformSession {
  if (!isRenewable(token)) return session;
  const methods = Object.entries(session).map(([name, method]) => {
    const call = method as (...args: unknown[]) => Promise<unknown>;
    const renewing = (...args: unknown[]) =>
      call(...args).catch((error: unknown) => {
        if (!isProvisionError(error) || error.kind !== 'unauthenticated') throw error;
        token.invalidate();
        return call(...args);
      });
    return [name, renewing];
  });
  return Object.fromEntries(methods) as PlatformSession;
}
