import { describe, expect, it } from '@jest/globals';
import { formatHead, headFault, headsIn, parseHead, signHead } from '../../src/index.js';
import { NOW, anAuthority } from '../support/authority.js';
import { KEY_KINDS } from '@org/test-support';
import { invalidError } from '@org/test-support/errors';

const head = { seq: 1207, hash: 'ab'.repeat(32) };

describe('a signed head', () => {
  it.each(KEY_KINDS)('of an authority with a %s key is good as text, too', async (kind) => {
    const authority = await anAuthority(kind);
    const signed = await signHead(authority, head, NOW);
    const read = parseHead(formatHead(signed));
    expect(read).toEqual(signed);
    expect(headFault(read, [authority.certificate])).toBeUndefined();
  });

  it('is not good when anything in it was changed, or for another authority', async () => {
    const authority = await anAuthority();
    const signed = await signHead(authority, head, NOW);
    const { certificate } = authority;
    for (const change of [{ seq: 1208 }, { hash: 'ac'.repeat(32) }, { at: NOW + 1 }])
      expect(headFault({ ...signed, ...change }, [certificate])).toMatch(/signature/);
    const other = await anAuthority('P-256', undefined, 201);
    expect(headFault(signed, [other.certificate])).toMatch(/no authority here/);
    const issuerId = other.certificate.subjectKeyId!.toString('hex');
    expect(headFault({ ...signed, issuerId }, [other.certificate])).toMatch(/signature/);
  });

  it('is found in whatever a service has logged', async () => {
    const authority = await anAuthority();
    const all = [await signHead(authority, head, NOW), await signHead(authority, { ...head, seq: 9 }, NOW)];
    const lines = all.map((each) => JSON.stringify({ msg: 'issuance log head', head: formatHead(each) }));
    expect(headsIn(`one line\n${lines.join('\n')}\nv1:of something else\n`)).toEqual(all);
  });

  it.each(['', 'v1:', 'v2:1:2:3:4:5', `v1:1:${'g'.repeat(64)}:1:aa:AA`])('is not %j', (text) => {
    expect(() => parseHead(text)).toThrow(invalidError('log_head_malformed'));
  });
});
