import { describe, expect, it } from '@jest/globals';
import { decodeJwt } from 'jose';
import { Secret } from '@org/domain';
import { failure } from './canned.js';
import { password, platform } from './platform.js';

const { users, newUser } = await platform();

describe('a login', () => {
  it('gives tokens, by username or e-mail address', async () => {
    const { user } = await newUser();
    for (const username of [user.username, user.email]) {
      const { accessToken, refreshToken } = await users.issueToken({
        username,
        password,
        description: 'test',
      });
      expect(await users.profile({ token: accessToken })).toEqual(user);
      expect(`${accessToken}${refreshToken}`).toBe('[redacted][redacted]');
    }
  });

  it('with bad credentials is not authenticated, whatever the status', async () => {
    const { user } = await newUser();
    const wrong = new Secret('wrong-password');
    for (const username of [user.username, 'nobody']) {
      expect(await failure(users.issueToken({ username, password: wrong }))).toBe(
        'unauthenticated bad_credentials',
      );
    }
  });

  it('can be refreshed, until it is revoked', async () => {
    const { user } = await newUser();
    const { refreshToken } = await users.issueToken({ username: user.username, password });
    const renewed = await users.refreshToken({ token: refreshToken });
    const call = { token: renewed.accessToken };
    expect(await users.profile(call)).toMatchObject({ id: user.id });
    const { jti } = decodeJwt(refreshToken.reveal());
    expect((await users.listRefreshTokens(call)).map(({ id }) => id)).toContain(jti);
    await users.revokeToken(jti!, call);
    expect(await failure(users.refreshToken({ token: refreshToken }))).toBe(
      'unauthenticated unauthenticated',
    );
  });
});

describe('a user', () => {
  it('cannot be created twice', async () => {
    const { user } = await newUser();
    const again = { firstName: 'A', lastName: 'K', password };
    const create = (email: string, username: string) => failure(users.create({ ...again, email, username }));
    expect(await create(user.email, 'another')).toBe('conflict email_taken');
    expect(await create('another@plant.test', user.username)).toBe('conflict username_taken');
  });

  it('needs a token that is one', async () =>
    expect(await failure(users.profile({ token: new Secret('x') }))).toBe('unauthenticated unauthenticated'));

  it('may ask for health without one', async () =>
    expect(await users.health()).toMatchObject({ status: 'pass', description: 'users service' }));
});
