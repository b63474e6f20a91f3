import { Secret } from '@org/domain';
import { type CallOptions, fromJson, goList, goTime, needed, path, refineBy } from '@org/http-client';
import { conflict } from '../failures.js';
import { Service } from '../service.js';

/** Access tokens live an hour, refresh tokens a day, unless the platform is set up otherwise. */
export interface Tokens {
  readonly accessToken: Secret;
  readonly refreshToken: Secret;
}

/** Times are RFC 3339 text (Magistrala wire §1.3). */
export interface User {
  readonly id: string;
  readonly firstName: string;
  readonly lastName: string;
  readonly username: string;
  readonly email: string;
  readonly role: 'user' | 'admin';
  readonly status: string;
  readonly createdAt: string | undefined;
  readonly updatedAt: string | undefined;
  /** Undefined while the e-mail address is unverified. */
  readonly verifiedAt: string | undefined;
}

export interface NewUser {
  readonly firstName: string;
  readonly lastName: string;
  readonly email: string;
  readonly username: string;
  readonly password: Secret;
}

export interface RefreshTokenInfo {
  readonly id: string;
  readonly description: string;
}

interface WireTokens {
  access_token: string;
  refresh_token: string;
}

interface WireUser {
  id: string;
  first_name: string;
  last_name: string;
  credentials: { username?: string };
  email: string;
  role: 'user' | 'admin';
  status: string;
  created_at: string;
  updated_at: string;
  verified_at: string;
}

const tokens = fromJson<WireTokens, Tokens>((wire) => ({
  accessToken: new Secret(needed(wire.access_token)),
  refreshToken: new Secret(needed(wire.refresh_token)),
}));

const user = fromJson<WireUser, User>((wire) => ({
  id: needed(wire.id),
  firstName: wire.first_name ?? '',
  lastName: wire.last_name ?? '',
  username: wire.credentials?.username ?? '',
  email: wire.email ?? '',
  role: wire.role ?? 'user',
  status: wire.status ?? 'enabled',
  createdAt: goTime(wire.created_at),
  updatedAt: goTime(wire.updated_at),
  verifiedAt: goTime(wire.verified_at),
}));

/** Magistrala's users service (Magistrala wire §1). */
export class Users extends Service {
  /**
   * Logs in. `username` may be an e-mail address.
   *
   * @throws HttpError `unauthenticated` (`bad_credentials`) for a wrong password (422), and for a user that does
   *   not exist or is disabled (404).
   */
  async issueToken(
    credentials: { readonly username: string; readonly password: Secret; readonly description?: string },
    options: Pick<CallOptions, 'signal'> = {},
  ): Promise<Tokens> {
    const { username, password, description } = credentials;
    const badCredentials = { kind: 'unauthenticated', code: 'bad_credentials' } as const;
    return this.http.request({
      operation: 'issue_token',
      method: 'POST',
      path: path`/users/tokens/issue`,
      json: { username, password: password.reveal(), description },
      expect: [201],
      decode: tokens,
      refine: refineBy({ '404 entity not found': badCredentials, '422': badCredentials }),
      repeatable: true,
      safe: true,
      ...options,
    });
  }

  /**
   * @param call its token is the refresh token. With an access token the service answers 500.
   * @throws HttpError `unauthenticated` when it has expired or was revoked, or the user was disabled.
   */
  async refreshToken(call: CallOptions): Promise<Tokens> {
    return this.http.request({
      operation: 'refresh_token',
      method: 'POST',
      path: path`/users/tokens/refresh`,
      // Wanted even though there is no body.
      headers: { 'content-type': 'application/json' },
      expect: [201],
      decode: tokens,
      repeatable: true,
      safe: true,
      ...call,
    });
  }

  /** @param tokenId the `jti` of a refresh token, as `listRefreshTokens` gives it. */
  async revokeToken(tokenId: string, call: CallOptions): Promise<void> {
    await this.http.request({
      operation: 'revoke_token',
      method: 'POST',
      path: path`/users/tokens/revoke`,
      json: { token_id: tokenId },
      expect: [204],
      repeatable: true,
      ...call,
    });
  }

  async listRefreshTokens(call: CallOptions): Promise<readonly RefreshTokenInfo[]> {
    return this.http.request({
      operation: 'list_refresh_tokens',
      method: 'GET',
      path: path`/users/tokens/refresh-tokens`,
      expect: [200],
      decode: fromJson<{ refresh_tokens: Partial<RefreshTokenInfo>[] | null }, RefreshTokenInfo[]>((wire) =>
        goList(wire.refresh_tokens).map(({ id, description }) => ({
          id: needed(id),
          description: description ?? '',
        })),
      ),
      ...call,
    });
  }

  /** Whose token it is. */
  async profile(call: CallOptions): Promise<User> {
    return this.http.request({
      operation: 'profile',
      method: 'GET',
      path: path`/users/profile`,
      expect: [200],
      decode: user,
      ...call,
    });
  }

  /**
   * @param options needs a platform administrator's token, unless the platform lets users register themselves.
   * @throws HttpError `conflict` (`email_taken`, `username_taken`)
   */
  async create(newUser: NewUser, options: Partial<CallOptions> = {}): Promise<User> {
    return this.http.request({
      operation: 'create',
      method: 'POST',
      path: path`/users`,
      json: {
        first_name: newUser.firstName,
        last_name: newUser.lastName,
        email: newUser.email,
        credentials: { username: newUser.username, secret: newUser.password.reveal() },
      },
      expect: [201],
      decode: user,
      refine: refineBy({
        '400 email id already registered': conflict('email_taken'),
        '400 username not available': conflict('username_taken'),
      }),
      ...options,
    });
  }
}
