import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ERROR_CODES } from '@org/domain';
import { Workshop } from '../workshop.js';

let shop: Workshop;
beforeAll(() => {
  shop = new Workshop();
});
afterAll(() => shop.close());

const explain = (...args: string[]) => shop.run(['explain', ...args]);

describe('provision explain', () => {
  it.each(['token_ends_too_soon', 'TOKEN-ENDS-TOO-SOON '])(
    'says what %j means and what to do',
    async (code) => {
      const { code: exit, stdout } = await explain(code);
      expect(exit).toBe(0);
      expect(stdout).toMatch(/^token_ends_too_soon, kind unauthenticated, HTTP status 401\n/);
      expect(stdout).toMatch(/\nWhat to do: +Get a new token/);
    },
  );

  it('lists every code, a line each', async () => {
    const { stdout } = await explain();
    const codes = stdout.split('\n').flatMap((line) => /^ {2}(\w+) {2}/.exec(line)?.[1] ?? []);
    expect(codes.toSorted()).toEqual([...ERROR_CODES]);
  });

  it('prints JSON for scripts', async () => {
    const one = JSON.parse((await explain('code_unknown', '--json')).stdout) as object;
    expect(one).toMatchObject({ code: 'code_unknown', kind: 'not_found', status: 404 });
    const all = JSON.parse((await explain('--json')).stdout) as object;
    expect(Object.keys(all).toSorted()).toEqual([...ERROR_CODES]);
  });

  it.each([
    ['a typing error', 'tokn_wrong', /"tokn_wrong"; similar: token_wrong/],
    ['a part of a name', 'roca', /"roca"; similar: csr_key_roca\n/],
    ['anything else', 'zzzzzzzzzz', /"provision explain" lists all codes/],
    ['an HTTP status', '409', /409 is an HTTP status; give the "code" of the answer/],
    ['control characters', 'x\u001b[2J', /"x\\\\u001b\[2j"/],
  ])('refuses an unknown code and names similar ones: %s', async (_what, name, message) => {
    expect(await explain(name)).toEqual({ code: 2, stdout: '', stderr: expect.stringMatching(message) });
  });
});
