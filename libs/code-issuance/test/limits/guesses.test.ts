import { describe, expect, it } from '@jest/globals';
import { Secret } from '@org/domain';
import { type CodeIssuance, enrolmentCode } from '../../src/index.js';
import { systemRandom } from '../../src/random.js';
import { ANN, BOB, aKey, bench, legacyBench, outcomeOf, request, tally } from '../harness.js';

const guess = () => new Secret(enrolmentCode.draw(systemRandom));

const begin = async (codes: CodeIssuance) => codes.begin({ keyFingerprint: aKey(), origin: '192.0.2.1' });

/** As many guesses at once, each of its own operator and address, or of one. */
const guesses = (
  codes: CodeIssuance,
  count: number,
  who: (n: number) => { operator: string; address: string },
) =>
  Promise.all(Array.from({ length: count }, (_, n) => outcomeOf(codes.lookUp({ code: guess(), ...who(n) }))));

const everywhere = (n: number) => ({ operator: `eve-${n}`, address: `203.0.${n >> 8}.${n & 255}` });

describe('guessing', () => {
  it('is stopped after ten failures of an operator, malformed codes included', async () => {
    const { codes } = bench();
    const malformed = () => outcomeOf(codes.lookUp({ code: new Secret('no code'), ...ANN }));
    for (let n = 0; n < 5; n++) expect(await malformed()).toBe('code_malformed');
    const all = await guesses(codes, 20, (n) => ({ ...ANN, address: everywhere(n).address }));
    expect(tally(all)).toEqual({ code_unknown: 5, too_many_attempts: 15 });
    expect(await malformed()).toBe('too_many_attempts');
  });

  it('is stopped after thirty failures of an address, an IPv6 network being one', async () => {
    const { codes } = bench();
    const all = await guesses(codes, 100, (n) => ({ operator: `eve-${n}`, address: `2001:db8::${n}` }));
    expect(tally(all)).toEqual({ code_unknown: 30, too_many_attempts: 70 });
  });

  it('is stopped after a hundred failures of strangers, and known operators still get in', async () => {
    const { codes } = bench();
    await codes.approve((await begin(codes)).id, request('{}', 'ann'));
    const { code } = await begin(codes);
    const all = await guesses(codes, 1_000, everywhere);
    expect(tally(all)).toEqual({ code_unknown: 100, too_many_attempts: 900 });

    expect(await outcomeOf(codes.lookUp({ code, ...ANN }))).toBe('ok');
    expect(await outcomeOf(codes.lookUp({ code, ...BOB, known: true }))).toBe('ok');
    expect(await outcomeOf(codes.lookUp({ code, ...BOB }))).toBe('too_many_attempts');
  });

  it('from her own address does not lock a known operator out', async () => {
    const { codes } = bench();
    await codes.approve((await begin(codes)).id, request('{}', 'ann'));
    const { code } = await begin(codes);
    await guesses(codes, 1_000, (n) => ({ ...ANN, operator: `eve-${n}` }));
    expect(await outcomeOf(codes.lookUp({ code, ...ANN }))).toBe('ok');
  });

  it.each([
    ['from many addresses', (n: number) => everywhere(n).address],
    ["from a known operator's address", () => ANN.address],
  ])('by many who each approved a device of their own locks out nobody else, %s', async (_, address) => {
    const { codes } = bench();
    await codes.approve((await begin(codes)).id, request('{}', 'ann', 'plant'));
    const guessers = Array.from({ length: 50 }, (_, n) => everywhere(n));
    for (const [n, { operator }] of guessers.entries())
      await codes.approve((await begin(codes)).id, request('{}', operator, `domain-${n}`));
    const { code } = await begin(codes);
    const all = await guesses(codes, 1_000, (n) => ({ ...guessers[n % 50]!, address: address(n) }));
    expect(tally(all)).toEqual({ code_unknown: 500, too_many_attempts: 500 });

    expect(await outcomeOf(codes.lookUp({ code, ...ANN }))).toBe('ok');
    expect(await outcomeOf(codes.lookUp({ code, ...ANN, operator: 'ada', known: true }))).toBe('ok');
    expect(await outcomeOf(codes.lookUp({ code, ...guessers[0]! }))).toBe('too_many_attempts');
  });

  it('at codes that devices make is stopped far sooner, and leaves the other codes alone', async () => {
    const { codes } = legacyBench();
    await codes.approve((await begin(codes)).id, request('{}', 'ann'));
    const { code } = await begin(codes);
    const legacy = (n: number) => new Secret(`AAA${String(n).padStart(3, '0')}`);
    const try_ = (count: number, who: (n: number) => { operator: string; address: string }) =>
      Promise.all(
        Array.from({ length: count }, (_, n) => outcomeOf(codes.lookUp({ code: legacy(n), ...who(n) }))),
      );
    expect(tally(await try_(50, everywhere))).toEqual({ code_unknown: 10, too_many_attempts: 40 });
    expect(tally(await guesses(codes, 20, (n) => everywhere(100 + n)))).toEqual({ code_unknown: 20 });
    // Known ones are apart: they have all that is theirs, and configured ones their own limit.
    expect(tally(await try_(20, () => ANN))).toEqual({ code_unknown: 10, too_many_attempts: 10 });
    expect(await outcomeOf(codes.lookUp({ code: legacy(1), ...BOB, known: true }))).toBe('code_unknown');
    expect(await outcomeOf(codes.lookUp({ code, ...BOB }))).toBe('ok');
  });

  it('says how long to wait and which limit it was, and goes on at the rate of the limit', async () => {
    const { codes, clock } = bench();
    await guesses(codes, 10, () => ANN);
    await expect(codes.lookUp({ code: guess(), ...ANN })).rejects.toMatchObject({
      kind: 'unavailable',
      code: 'too_many_attempts',
      details: { retryAfter: 60, limit: 'operator' },
    });
    clock.advance(60_000);
    expect(tally(await guesses(codes, 5, () => ANN))).toEqual({ code_unknown: 1, too_many_attempts: 4 });
  });

  it('is not paid for with right codes: they neither cost an attempt nor win one back', async () => {
    const { codes } = bench();
    const { code } = await begin(codes);
    for (let n = 0; n < 50; n++) expect(await outcomeOf(codes.lookUp({ code, ...ANN }))).toBe('ok');
    const outcomes: string[] = [];
    for (let n = 0; n < 15; n++) {
      outcomes.push(await outcomeOf(codes.lookUp({ code: guess(), ...ANN })));
      await outcomeOf(codes.lookUp({ code, ...ANN }));
    }
    expect(tally(outcomes)).toEqual({ code_unknown: 10, too_many_attempts: 5 });
  });

  it('learns nothing of codes that have expired, are denied, or are used', async () => {
    const { codes, clock } = bench();
    const [old, denied, used] = [await begin(codes), await begin(codes), await begin(codes)];
    await codes.deny(denied.id, { domainId: 'plant', operator: 'ann' });
    await codes.approve(used.id, request());
    clock.advance(600_000);
    const errors = await Promise.all(
      [old.code, denied.code, used.code, guess()].map((code) =>
        codes.lookUp({ code, ...BOB }).catch((error: Error) => ({ ...error, message: error.message })),
      ),
    );
    for (const error of errors) expect(error).toEqual(errors[3]);
    expect(errors[3]).toMatchObject({ code: 'code_unknown', kind: 'not_found' });
  });
});
