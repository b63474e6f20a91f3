import { describe, expect, it } from '@jest/globals';
import { Secret } from '@org/domain';
import type { Platform } from '@org/provisioning';
import { createMembers } from '../../src/callers/members.js';

/** A platform that takes any token. */
const platform = { open: () => ({ assertMember: async () => undefined }) } as unknown as Platform;
const members = createMembers({ auth: undefined, jwks: undefined, platform, allowUnverifiedUser: false });
const idOf = async (token: string) =>
  (await members.member({ token: new Secret(token), domainId: 'domain' })).id;
const jwt = (claims: object) => `e30.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.x`;

describe('a member whom only the platform can tell', () => {
  it('has the id that the accepted token says', async () => {
    expect(await idOf(jwt({ sub: 'user-1', type: 0 }))).toBe('user-1');
  });

  it('has an id of the token where the token says nothing: always the same, and not the token', async () => {
    const id = await idOf('pat_secret-text');
    expect(id).toMatch(/^token:[\da-f]{16}$/);
    expect(await idOf('pat_secret-text')).toBe(id);
    expect(await idOf('pat_other-text')).not.toBe(id);
    expect(await idOf(jwt({ sub: '', type: 0 }))).toMatch(/^token:/);
  });
});
