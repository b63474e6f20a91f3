import { describe, expect, it } from '@jest/globals';
import { Secret } from '@org/domain';
import { loadConfig } from '@org/layout-config';
import { assertLasts, neededMs } from '../../src/callers/lasting.js';

const claiming = (claims: object) =>
  new Secret(`e30.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.x`);
const clock = { now: () => 1_000_000 };
const judge = assertLasts(170_000, clock);

describe('tokens that must last for a run and its removal', () => {
  it('are refused when they end too soon, with both times', () => {
    expect(() => judge(claiming({ exp: 1_090 }))).toThrow(
      expect.objectContaining({
        kind: 'unauthenticated',
        code: 'token_ends_too_soon',
        message: 'get a new token; this one ends in 90 s and a run may need 170 s, its removal included',
      }),
    );
    expect(() => judge(claiming({ exp: 1_169 }))).toThrow();
  });

  it.each([
    ['last for long enough', claiming({ exp: 1_170 })],
    ['do not say when they end', claiming({ sub: 'ana' })],
    ['are personal access tokens', new Secret('pat_abc')],
    ['have ended, which the platform says', claiming({ exp: 999 })],
  ])('pass when they %s', (_, token) => {
    expect(() => judge(token)).not.toThrow();
  });

  it('need what the configured time limits allow', () => {
    const limits = { readMs: 1_000, writeMs: 2_000, configurationMs: 4_000 };
    const loaded = loadConfig({ env: {} });
    if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
    expect(neededMs({ ...loaded.config.outbound, ...limits })).toBe(14_000);
  });
});
