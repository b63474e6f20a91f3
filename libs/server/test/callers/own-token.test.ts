import { describe, expect, it } from '@jest/globals';
import { ProvisionError, Secret } from '@org/domain';
import type { RenewableTokenSource } from '@org/platform-magistrala';
import { createOwnToken } from '../../src/callers/own-token.js';

const HOUR = 3_600_000;

/** A token that ends at `exp` (milliseconds); its signature is no one's. */
const jwt = (exp: number, n: number) =>
  new Secret(`e30.${Buffer.from(JSON.stringify({ exp: exp / 1000, n })).toString('base64url')}.x`);

function world() {
  let now = 0;
  let issued = 0;
  const calls: string[] = [];
  const next = () => ({
    accessToken: jwt(now + HOUR, ++issued),
    refreshToken: new Secret(`refresh-${issued}`),
  });
  let refresh = async () => next();
  const users = {
    issueToken: async () => (calls.push('login'), next()),
    refreshToken: async ({ token }: { token: Secret }) => (calls.push(token.reveal()), refresh()),
  };
  const clock = { now: () => now, sleep: async () => undefined };
  const credentials = { kind: 'password', username: 'ana', password: new Secret('pw') } as const;
  const fetches: string[] = [];
  const onFetch = (how: string, outcome: string) => void fetches.push(`${how} ${outcome}`);
  const source = createOwnToken({ credentials, users, clock, onFetch }) as RenewableTokenSource;
  return {
    source,
    calls,
    fetches,
    pass: (ms: number) => (now += ms),
    failRefresh: (error: Error) => (refresh = () => Promise.reject(error)),
  };
}
const rejected = (kind: 'unauthenticated' | 'unavailable') =>
  new ProvisionError({ kind, code: 'bad_credentials', message: kind });

describe('own credentials', () => {
  it('log in once for many at the same time, and keep the token', async () => {
    const { source, calls } = world();
    const tokens = await Promise.all(Array.from({ length: 20 }, () => source.token()));
    expect(new Set(tokens.map((token) => token.reveal())).size).toBe(1);
    await source.token();
    expect(calls).toEqual(['login']);
  });

  it('are refreshed before the token ends', async () => {
    const { source, calls, pass } = world();
    const first = await source.token();
    pass(HOUR - 61_000);
    expect(await source.token()).toBe(first);
    pass(2_000);
    expect(await source.token()).not.toBe(first);
    expect(calls).toEqual(['login', 'refresh-1']);
  });

  it('log in again when the refresh is refused, but not during an outage', async () => {
    const { source, calls, pass, failRefresh, fetches } = world();
    await source.token();
    pass(HOUR);
    failRefresh(rejected('unavailable'));
    await expect(source.token()).rejects.toMatchObject({ kind: 'unavailable' });
    failRefresh(rejected('unauthenticated'));
    await source.token();
    expect(calls).toEqual(['login', 'refresh-1', 'refresh-1', 'login']);
    expect(fetches).toEqual(['login ok', 'refresh failed', 'refresh failed', 'login ok']);
  });

  it('get another token when the platform refuses this one', async () => {
    const { source } = world();
    const first = await source.token();
    source.invalidate();
    expect(await source.token()).not.toBe(first);
  });

  it('are an API key as it is, and nothing where nothing is configured', async () => {
    const users = {
      issueToken: () => Promise.reject(new Error()),
      refreshToken: () => Promise.reject(new Error()),
    };
    const clock = { now: () => 0, sleep: async () => undefined };
    const key = createOwnToken({
      credentials: { kind: 'api_key', apiKey: new Secret('pat_1') },
      users,
      clock,
    });
    expect((await key!.token()).reveal()).toBe('pat_1');
    expect(createOwnToken({ credentials: { kind: 'none' }, users, clock })).toBeUndefined();
  });
});
