import { afterAll, describe, expect, it } from '@jest/globals';
import { RIGHTS, type Right, createAuthClient, createJwksVerifier } from '../../src/index.js';
import { password, platform } from '../platform.js';

const { emulator, transport, users, login, newUser, newDomain } = await platform();
const auth = createAuthClient({ address: emulator.authGrpc, timeoutMs: 60_000 });
afterAll(() => auth.close());
const jwks = createJwksVerifier({ jwksUrl: `${emulator.urls.auth}/keys/.well-known/jwks.json`, transport });

describe('a token of the platform', () => {
  it('means the same to both verifiers', async () => {
    const { user, token } = await newUser();
    const caller = await auth.authenticate(token);
    expect(caller).toMatchObject({ userId: user.id, role: 'user', tokenType: 'access' });
    expect(await jwks.verify(token)).toEqual(caller);
    expect(await jwks.verify(await login('admin'))).toMatchObject({ role: 'admin' });
  });

  it('for refreshing is none to act with', async () => {
    const { user } = await newUser();
    const { refreshToken } = await users.issueToken({ username: user.username, password });
    const refused = { kind: 'unauthenticated', code: 'invalid_token' };
    await expect(auth.authenticate(refreshToken)).rejects.toMatchObject(refused);
    await expect(jwks.verify(refreshToken)).rejects.toMatchObject(refused);
  });

  it('shows who is a member of a domain', async () => {
    const { token } = await newUser();
    const { domainId } = await newDomain(token);
    expect(await auth.isMember(await auth.authenticate(token), domainId)).toBe(true);
    expect(await auth.isMember(await auth.authenticate((await newUser()).token), domainId)).toBe(false);
    expect(await auth.isMember(await auth.authenticate(await login('admin')), domainId)).toBe(true);
  });
});

describe('a right', () => {
  it('is had by the administrator of a domain on all clients, and by no one outside', async () => {
    const owner = await newUser();
    const { domainId } = await newDomain(owner.token);
    const stranger = await auth.authenticate((await newUser()).token);
    for (const right of Object.keys(RIGHTS) as Right[]) {
      expect(await auth.may(await auth.authenticate(owner.token), right, { domainId })).toBe(true);
      expect(await auth.may(stranger, right, { domainId })).toBe(false);
    }
  });
});

describe('the auth service', () => {
  it('serves', async () => expect(await auth.checkHealth()).toBeUndefined());
});
