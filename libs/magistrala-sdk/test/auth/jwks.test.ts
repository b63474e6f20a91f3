import { type Server, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeEach, describe, expect, it } from '@jest/globals';
import { SignJWT, exportJWK, generateKeyPair } from 'jose';
import { type Clock, Secret, isProvisionError, systemClock } from '@org/domain';
import { createTransport } from '@org/http-client';
import { createJwksVerifier } from '../../src/index.js';

const active = await generateKeyPair('EdDSA', { extractable: true });
const other = await generateKeyPair('EdDSA', { extractable: true });
const jwk = async (pair: typeof active) => ({
  ...(await exportJWK(pair.publicKey)),
  kid: 'active',
  alg: 'EdDSA',
});

let fetches = 0;
let answer: () => Promise<unknown> = async () => undefined;
const server: Server = createServer(async (_, response) => {
  fetches++;
  response.end(JSON.stringify(await answer()));
});
await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
const jwksUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/keys/.well-known/jwks.json`;
const transport = createTransport();
afterAll(async () => {
  await transport.close();
  server.closeAllConnections();
  await new Promise((done) => server.close(done));
});

beforeEach(() => {
  fetches = 0;
  answer = async () => ({ keys: [await jwk(active)] });
});

const verifier = (options: { cooldownMs?: number; cacheMs?: number; clock?: Clock } = {}) =>
  createJwksVerifier({ jwksUrl, transport, retry: { attempts: 1 }, ...options });

interface TokenOptions {
  claims?: Record<string, unknown>;
  issuer?: string;
  expires?: string;
  key?: typeof active;
}
const token = async ({
  claims,
  issuer = 'magistrala.auth',
  expires = '1h',
  key = active,
}: TokenOptions = {}) =>
  new Secret(
    await new SignJWT({ type: 0, role: 1, verified: true, ...claims })
      .setProtectedHeader({ alg: 'EdDSA', kid: 'active', typ: 'JWT' })
      .setSubject('u-1')
      .setIssuer(issuer)
      .setIssuedAt()
      .setExpirationTime(expires)
      .sign(key.privateKey),
  );

const code = (call: Promise<unknown>) =>
  call.then(
    () => 'accepted',
    (error: unknown) => (isProvisionError(error) ? `${error.kind} ${error.code}` : error),
  );

describe('a verified token', () => {
  it('says who calls', async () => {
    expect(await verifier().verify(await token())).toEqual({
      userId: 'u-1',
      role: 'user',
      verified: true,
      tokenType: 'access',
    });
    const admin = await token({ claims: { type: 3, role: 2, verified: false } });
    expect(await verifier().verify(admin)).toEqual({
      userId: 'u-1',
      role: 'admin',
      verified: false,
      tokenType: 'api_key',
    });
  });

  it('is so by the clock that is given, whatever this machine’s says', async () => {
    const clock = { ...systemClock, now: () => Date.now() - 300_000 };
    const expired = await token({ expires: '1 minute ago' });
    expect(await code(verifier({ clock }).verify(expired))).toBe('accepted');
  });

  it('is checked with keys that are fetched once', async () => {
    const { verify } = verifier();
    const one = await token();
    await Promise.all([verify(one), verify(one)]);
    await verify(await token());
    expect(fetches).toBe(1);
  });
});

describe('a token is refused', () => {
  it.each([
    ['of another issuer', { issuer: 'somebody.else' }],
    ['that has expired', { expires: '1 second ago' }],
    ['signed with another key', { key: other }],
    ['for refreshing', { claims: { type: 1 } }],
    ['for recovery', { claims: { type: 2 } }],
    ['for invitation', { claims: { type: 5 } }],
    ['that calls itself a personal access token', { claims: { type: 4 } }],
    ['without a type', { claims: { type: undefined } }],
  ])('%s', async (_, options: TokenOptions) =>
    expect(await code(verifier().verify(await token(options)))).toBe('unauthenticated invalid_token'),
  );

  it.each(['', 'x', 'a.b.c'])('that is no JWT: %p', async (text) =>
    expect(await code(verifier().verify(new Secret(text)))).toBe('unauthenticated invalid_token'),
  );

  it('signed with a shared secret, even when the key looks like one', async () => {
    const forged = await new SignJWT({ type: 0, role: 2 })
      .setProtectedHeader({ alg: 'HS256', kid: 'active' })
      .setSubject('u-1')
      .setIssuer('magistrala.auth')
      .setExpirationTime('1h')
      .sign(new TextEncoder().encode((await exportJWK(active.publicKey)).x!));
    expect(await code(verifier().verify(new Secret(forged)))).toBe('unauthenticated invalid_token');
  });

  it('that only the auth service can tell', async () => {
    expect(await code(verifier().verify(new Secret('pat_AAAA_x')))).toBe(
      'unauthenticated token_needs_auth_service',
    );
    expect(fetches).toBe(0);
  });
});

describe('when the key is changed under its old id', () => {
  it('the keys are fetched again', async () => {
    const { verify } = verifier({ cooldownMs: 0 });
    await verify(await token());
    answer = async () => ({ keys: [await jwk(other)] });
    expect(await verify(await token({ key: other }))).toMatchObject({ userId: 'u-1' });
    expect(fetches).toBe(2);
  });

  it('forged tokens do not make it ask over and over', async () => {
    const { verify } = verifier();
    for (let i = 0; i < 5; i++) await code(verify(await token({ key: other })));
    expect(fetches).toBe(1);
  });
});

describe('keys that cannot be had', () => {
  it('because the platform signs with a shared secret', async () => {
    answer = async () => ({ keys: null });
    expect(await code(verifier().verify(await token()))).toBe('unavailable jwks_unavailable');
  });

  it('because the service is down', async () => {
    const dead = createJwksVerifier({ jwksUrl: 'http://127.0.0.1:1/x', transport, retry: { attempts: 1 } });
    expect(await code(dead.verify(await token()))).toBe('unavailable jwks_unavailable');
  });

  it('because the answer is late', async () => {
    answer = () => new Promise(() => undefined);
    const slow = createJwksVerifier({ jwksUrl, transport, timeoutMs: 50 });
    expect(await code(slow.verify(await token()))).toBe('unavailable jwks_unavailable');
  });
});
