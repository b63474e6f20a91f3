import { describe, expect, it } from '@jest/globals';
import { ProvisionError, Secret } from '@org/domain';
import type { OwnCredentials } from '@org/layout-config';
import type { AuthClient } from '@org/magistrala-sdk';
import { assertNoApiKeys, checkOwnCredentials } from '../../src/platform/own-credentials.js';

const NONE: OwnCredentials = { kind: 'none' };
const key = (text: string): OwnCredentials => ({ kind: 'api_key', apiKey: new Secret(text) });
const jwt = (claims: object) => key(`e30.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.x`);
const answering = (kind: 'unauthenticated' | 'unavailable') =>
  ({
    authenticate: () => Promise.reject(new ProvisionError({ kind, code: 'bad_credentials', message: kind })),
  }) as unknown as AuthClient;

describe("the service's own credentials", () => {
  it('may not be an API key of Magistrala, whichever setting holds it', () => {
    const apiKey = jwt({ type: 3, role: 0 });
    expect(() => assertNoApiKeys({ credentials: apiKey, recoveryCredentials: NONE })).toThrow(
      expect.objectContaining({ code: 'api_key_unusable', details: { field: 'MG_PROVISION_API_KEY' } }),
    );
    expect(() => assertNoApiKeys({ credentials: NONE, recoveryCredentials: apiKey })).toThrow(
      expect.objectContaining({ message: expect.stringMatching(/^MG_PROVISION_RECOVERY_API_KEY: .*pat_/) }),
    );
  });

  it.each([
    ['a personal access token', key('pat_abc')],
    ['an access token', jwt({ type: 0, role: 1 })],
    ['an API key with a role', jwt({ type: 3, role: 1 })],
    ['none', NONE],
  ])('may be %s', (_, credentials) => {
    expect(() => assertNoApiKeys({ credentials, recoveryCredentials: NONE })).not.toThrow();
  });

  it('are missed with a warning', async () => {
    const { warning } = await checkOwnCredentials(
      { credentials: NONE, recoveryCredentials: NONE },
      undefined,
    );
    expect(warning).toContain("removal depends on callers' tokens");
  });

  it('are warned of when the auth service does not know them, but not when it is away', async () => {
    const own = { credentials: key('pat_abc'), recoveryCredentials: NONE };
    expect(await checkOwnCredentials(own, answering('unauthenticated'))).toEqual({
      warning: expect.stringContaining('MG_PROVISION_API_KEY: the auth service does not accept'),
    });
    expect(await checkOwnCredentials(own, answering('unavailable'))).toEqual({});
    expect(await checkOwnCredentials(own, undefined)).toEqual({});
  });
});
