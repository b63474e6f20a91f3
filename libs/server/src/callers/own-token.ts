import { type Clock, type Secret, isProvisionError } from '@org/domain';
import type { OwnCredentials } from '@org/layout-config';
import type { Tokens, Users } from '@org/magistrala-sdk';
import type { TokenSource } from '@org/provisioning';
import { readClaims } from './claims.js';

/** A token is renewed this long before it ends: calls under way must not meet its end. */
const MARGIN_MS = 60_000;
/** For tokens that do not say when they end. */
const UNKNOWN_LIFETIME_MS = 5 * 60_000;

interface OwnTokenOptions {
  readonly credentials: OwnCredentials;
  readonly users: Pick<Users, 'issueToken' | 'refreshToken'>;
  readonly clock: Pick<Clock, 'now'>;
  /** Told of every fetch of a token. */
  readonly onFetch?: (how: 'login' | 'refresh', outcome: 'ok' | 'failed') => void;
}

/** The service's own credentials as tokens; undefined when there are none. */
export function createOwnToken(options: OwnTokenOptions): TokenSource | undefined {
  const { credentials } = options;
  if (credentials.kind === 'none') return undefined;
  if (credentials.kind === 'api_key') return { token: async () => credentials.apiKey };
  return new LoginToken(options, credentials);
}

/** Logs in once, refreshes before the token ends, logs in again when that fails. Callers at the same time share one fetch. */
class LoginToken implements TokenSource {
  #tokens: Tokens | undefined;
  #renewAt = 0;
  #fetching: Promise<Secret> | undefined;

  constructor(
    private readonly options: OwnTokenOptions,
    private readonly credentials: Extract<OwnCredentials, { kind: 'password' }>,
  ) {}

  async token(): Promise<Secret> {
    if (this.#tokens && this.options.clock.now() < this.#renewAt) return this.#tokens.accessToken;
    this.#fetching ??= this.#fetch().finally(() => (this.#fetching = undefined));
    return this.#fetching;
  }

  invalidate(): void {
    this.#renewAt = 0;
  }

  async #fetch(): Promise<Secret> {
    const tokens = (await this.#refresh()) ?? (await this.#told('login', this.#login()));
    this.#tokens = tokens;
    const { exp } = readClaims(tokens.accessToken) ?? {};
    const now = this.options.clock.now();
    this.#renewAt = exp === undefined ? now + UNKNOWN_LIFETIME_MS : exp * 1000 - MARGIN_MS;
    return tokens.accessToken;
  }

  /** Undefined when only a login helps. */
  async #refresh(): Promise<Tokens | undefined> {
    if (!this.#tokens) return undefined;
    try {
      return await this.#told(
        'refresh',
        this.options.users.refreshToken({ token: this.#tokens.refreshToken }),
      );
    } catch (error) {
      // An outage of the users service will not spare the login either.
      if (isProvisionError(error) && error.kind === 'unavailable') throw error;
      return undefined;
    }
  }

  #login(): Promise<Tokens> {
    const { username, password } = this.credentials;
    return this.options.users.issueToken({ username, password });
  }

  async #told<T>(how: 'login' | 'refresh', work: Promise<T>): Promise<T> {
    try {
      const result = await work;
      this.options.onFetch?.(how, 'ok');
      return result;
    } catch (error) {
      this.options.onFetch?.(how, 'failed');
      throw error;
    }
  }
}
