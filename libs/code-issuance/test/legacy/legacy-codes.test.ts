import { describe, expect, it } from '@jest/globals';
import { Secret } from '@org/domain';
import { type Asked, type CodeIssuance, LEGACY_SETTINGS } from '../../src/index.js';
import { ANN, BOB, aKey, bench, expectStep, legacyBench, outcomeOf, request, tally } from '../harness.js';

const CODE = new Secret('A1B2C3');
const HOME = '192.0.2.7';

const ask = (codes: CodeIssuance, address = HOME, code = CODE) => codes.legacy!.ask({ code, address });

/** As an operator does it: look up, approve. */
async function approve(codes: CodeIssuance, code = CODE): Promise<string> {
  const { id } = await codes.lookUp({ code, ...ANN });
  await codes.approve(id, request('{"machineId":"m"}'));
  return id;
}

function ticketOf(asked: Asked): Secret {
  if (asked.state !== 'approved') throw new Error('no ticket');
  return asked.ticket;
}

const redeem = (codes: CodeIssuance, ticket: Secret, keyFingerprint: string, address = HOME) =>
  codes.legacy!.redeem({ ticket, keyFingerprint, address });

describe('a code that a device made', () => {
  it('is approved while the device asks about it, and redeemed with a ticket', async () => {
    const { codes } = legacyBench();
    expect(await ask(codes)).toEqual({ state: 'waiting' });
    const id = await approve(codes);
    const asked = await ask(codes);
    expect(asked).toMatchObject({ state: 'approved', enrolment: { id, binding: 'ticket', origin: HOME } });
    const ticket = ticketOf(asked);
    expect(Buffer.from(ticket.reveal(), 'base64url')).toHaveLength(32);
    const key = aKey();
    const { lease, enrolment } = expectStep(await redeem(codes, ticket, key), 'issue');
    expect(enrolment.approval?.payload.reveal()).toBe('{"machineId":"m"}');
    await codes.recordOutcome(lease, new Secret('certificate'));
    expect(expectStep(await redeem(codes, ticket, key), 'done').outcome.reveal()).toBe('certificate');
    expect(await codes.find(id)).toMatchObject({ state: 'redeemed', keyFingerprint: key });
  });

  it('is nothing to an operator when no device asked about it of late, or ever', async () => {
    const { codes, clock } = legacyBench();
    const lookUp = () => outcomeOf(codes.lookUp({ code: CODE, ...ANN }));
    expect(await lookUp()).toBe('code_unknown');
    await ask(codes);
    clock.advance(30_001);
    expect(await lookUp()).toBe('code_unknown');
    await ask(codes);
    clock.advance(30_000);
    expect(await lookUp()).toBe('ok');
  });

  it('is not approved when the device has gone since it was looked up', async () => {
    const { codes, clock } = legacyBench();
    await ask(codes);
    const { id } = await codes.lookUp({ code: CODE, ...ANN });
    clock.advance(30_001);
    expect(await outcomeOf(codes.approve(id, request()))).toBe('code_unknown');
    await ask(codes);
    expect(await outcomeOf(codes.approve(id, request()))).toBe('ok');
  });

  it('is not approved when two devices show it, or someone else asks about it too', async () => {
    const { codes } = legacyBench();
    await ask(codes);
    await ask(codes, '203.0.113.9');
    expect(await outcomeOf(codes.lookUp({ code: CODE, ...ANN }))).toBe('code_contested');

    const { codes: other } = legacyBench();
    await ask(other);
    const { id } = await other.lookUp({ code: CODE, ...ANN });
    await ask(other, '203.0.113.9');
    expect(await outcomeOf(other.approve(id, request()))).toBe('code_contested');
  });

  it('gives its ticket to no one else', async () => {
    const { codes } = legacyBench();
    await ask(codes);
    await approve(codes);
    expect(await ask(codes, '203.0.113.9')).toEqual({ state: 'waiting' });
    expect(await ask(codes)).toMatchObject({ state: 'approved' });
  });

  it('can be watched, as a question that gives no ticket and so takes none away', async () => {
    const { codes } = legacyBench();
    const watch = (address = HOME) => codes.legacy!.watch({ code: CODE, address });
    expect(await watch()).toBe('waiting');
    await approve(codes);
    const ticket = ticketOf(await ask(codes));
    expect(await watch()).toBe('approved');
    expect(await watch('203.0.113.9')).toBe('waiting');
    const { lease } = expectStep(await redeem(codes, ticket, aKey()), 'issue');
    await codes.recordOutcome(lease, new Secret('certificate'));
    expect(await watch()).toBe('approved');
  });

  it('gives its ticket to any address where addresses are not bound', async () => {
    const { codes } = bench({ legacy: { ...LEGACY_SETTINGS, bindAddress: false } });
    await ask(codes);
    await ask(codes, '203.0.113.9');
    await approve(codes);
    expect(await ask(codes, '203.0.113.8')).toMatchObject({ state: 'approved' });
  });

  it('is one enrolment for all operators who look it up at once', async () => {
    const { codes } = legacyBench();
    await ask(codes);
    const all = await Promise.all(
      Array.from({ length: 10 }, (_, n) =>
        codes.lookUp({ code: CODE, operator: `o-${n}`, address: `10.0.0.${n}` }),
      ),
    );
    expect(new Set(all.map(({ id }) => id)).size).toBe(1);
  });

  it('can be another device’s later, but not while a refusal of it is fresh', async () => {
    const { codes, clock } = legacyBench();
    await ask(codes);
    const first = await codes.lookUp({ code: CODE, ...ANN });
    await codes.deny(first.id, { domainId: 'plant', operator: 'ann' });
    await ask(codes);
    expect(await outcomeOf(codes.lookUp({ code: CODE, ...BOB }))).toBe('code_unknown');
    expect(await ask(codes)).toEqual({ state: 'waiting' });
    clock.advance(120_000);
    await ask(codes);
    expect((await codes.lookUp({ code: CODE, ...BOB })).id).not.toBe(first.id);
  });

  it('can be looked up anew when its approval came too late', async () => {
    const { codes, clock } = legacyBench();
    await ask(codes);
    const first = await codes.lookUp({ code: CODE, ...ANN });
    clock.advance(120_000);
    await ask(codes);
    const second = await codes.lookUp({ code: CODE, ...ANN });
    expect(second.id).not.toBe(first.id);
    expect((await codes.find(first.id))!.state).toBe('expired');
  });

  it('ends soon when the device never comes back, and is to be undone', async () => {
    const { codes, clock } = legacyBench();
    await ask(codes);
    const id = await approve(codes);
    clock.advance(120_000);
    expect(await ask(codes)).toEqual({ state: 'waiting' });
    expect(await codes.sweep()).toMatchObject([{ id, state: 'expired', undoDue: true }]);
  });

  it('means nothing unless legacy devices are let in', async () => {
    const { codes } = bench();
    expect(codes.legacy).toBeUndefined();
    expect(await outcomeOf(codes.lookUp({ code: CODE, ...ANN }))).toBe('code_malformed');
  });

  it('may be made here', async () => {
    const { codes } = legacyBench();
    const code = await codes.legacy!.generate({ address: HOME });
    expect(code.reveal()).toMatch(/^[A-Z0-9]{6}$/);
    await approve(codes, code);
    expect(await ask(codes, HOME, code)).toMatchObject({ state: 'approved' });
  });
});

describe('a ticket', () => {
  const approved = async () => {
    const made = legacyBench();
    await ask(made.codes);
    const id = await approve(made.codes);
    return { ...made, id, ticket: ticketOf(await ask(made.codes)) };
  };
  const finish = async (codes: CodeIssuance, ticket: Secret, key: string, outcome: string) => {
    const redemption = expectStep(await redeem(codes, ticket, key), 'issue');
    await codes.recordOutcome(redemption.lease, new Secret(outcome));
    return redemption;
  };

  it('makes one certificate of thousands of requests at once', async () => {
    const { codes, ticket } = await approved();
    const all = Array.from({ length: 2_000 }, () => outcomeOf(redeem(codes, ticket, aKey())));
    expect(tally(await Promise.all(all))).toEqual({ ok: 1, ticket_refused: 1_999 });
  });

  it('is good for the key that used it first, as often as that comes, and for no other', async () => {
    const { codes, id, ticket } = await approved();
    const [first, other] = [aKey(), aKey()];
    const { lease } = expectStep(await redeem(codes, ticket, first), 'issue');
    expect(await outcomeOf(redeem(codes, ticket, other))).toBe('ticket_refused');
    await codes.recordOutcome(lease, new Secret('certificate'));
    expect(await outcomeOf(redeem(codes, ticket, other))).toBe('ticket_refused');
    expect(expectStep(await redeem(codes, ticket, first), 'done').outcome.reveal()).toBe('certificate');
    expect(await codes.find(id)).toMatchObject({ state: 'redeemed', keyFingerprint: first });
    // A newer one is used up by the same key too.
    const newer = ticketOf(await ask(codes));
    expectStep(await redeem(codes, newer, first), 'done');
    expect(await outcomeOf(redeem(codes, newer, other))).toBe('ticket_refused');
  });

  it('is good for the address that it was given to, unless addresses are not bound', async () => {
    const elsewhere = '203.0.113.9';
    const { codes, id, ticket } = await approved();
    const key = aKey();
    expect(await outcomeOf(redeem(codes, ticket, key, elsewhere))).toBe('ticket_refused');
    await finish(codes, ticket, key, 'certificate');
    for (const other of [key, aKey()])
      expect(await outcomeOf(redeem(codes, ticket, other, elsewhere))).toBe('ticket_refused');
    expect(await codes.find(id)).toMatchObject({ state: 'redeemed', keyFingerprint: key });

    const { codes: roaming } = bench({ legacy: { ...LEGACY_SETTINGS, bindAddress: false } });
    await ask(roaming);
    await approve(roaming);
    const asked = ticketOf(await ask(roaming));
    expect(await outcomeOf(redeem(roaming, asked, key, elsewhere))).toBe('ok');
    expect(await outcomeOf(redeem(roaming, asked, aKey(), elsewhere))).toBe('ticket_refused');
  });

  it('is not used up by who is refused for another reason', async () => {
    const { codes, ticket } = await approved();
    const check = () => {
      throw new Error('no');
    };
    const refused = codes.legacy!.redeem({ ticket, keyFingerprint: aKey(), address: HOME, check });
    await expect(refused).rejects.toThrow('no');
    expect(await outcomeOf(redeem(codes, ticket, aKey()))).toBe('ok');
  });

  it('is void when a newer one was given out, or it is old', async () => {
    const { codes, clock, ticket } = await approved();
    const newer = ticketOf(await ask(codes));
    expect(await outcomeOf(redeem(codes, ticket, aKey()))).toBe('ticket_refused');
    expect(await outcomeOf(redeem(codes, new Secret('guess'), aKey()))).toBe('ticket_refused');
    const key = aKey();
    await finish(codes, newer, key, 'certificate');
    clock.advance(119_999);
    expect(await outcomeOf(redeem(codes, newer, key))).toBe('ok');
    clock.advance(1);
    expect(await outcomeOf(redeem(codes, newer, key))).toBe('ticket_refused');
  });

  it('takes a new key after a lost response, for a short while, and names what to revoke', async () => {
    const { codes, clock, id, ticket } = await approved();
    const [lost, kept] = [aKey(), aKey()];
    await finish(codes, ticket, lost, 'first');
    const again = ticketOf(await ask(codes));
    const second = await finish(codes, again, kept, 'second');
    expect(second.previous?.keyFingerprint).toBe(lost);
    expect(second.previous?.outcome.reveal()).toBe('first');
    expect(await codes.find(id)).toMatchObject({ state: 'redeemed', keyFingerprint: kept });
    expect(expectStep(await redeem(codes, again, kept), 'done').outcome.reveal()).toBe('second');

    clock.advance(119_999);
    const last = ticketOf(await ask(codes));
    clock.advance(1);
    expect(await ask(codes)).toEqual({ state: 'waiting' });
    expect(await outcomeOf(redeem(codes, last, aKey()))).toBe('key_mismatch');
  });

  it('keeps the first outcome until the second is on record', async () => {
    const { codes, clock, ticket } = await approved();
    const [first, second, third] = [aKey(), aKey(), aKey()];
    const another = async (key: string) => redeem(codes, ticketOf(await ask(codes)), key);
    await finish(codes, ticket, first, 'first');
    const crashed = expectStep(await another(second), 'issue');
    expect(await outcomeOf(another(third))).toBe('redemption_in_progress');
    expect(expectStep(await another(first), 'done').outcome.reveal()).toBe('first');
    clock.advance(30_000);
    expect(expectStep(await another(third), 'issue').resumed).toBe(true);
    expect(await outcomeOf(codes.recordOutcome(crashed.lease, new Secret('late')))).toBe('lease_lost');
  });

  it('makes no more than five certificates', async () => {
    const { codes } = await approved();
    for (let n = 0; n < 5; n++) await finish(codes, ticketOf(await ask(codes)), aKey(), `certificate ${n}`);
    expect(await outcomeOf(redeem(codes, ticketOf(await ask(codes)), aKey()))).toBe('ticket_refused');
  });
});

describe('limits on codes that devices make', () => {
  it('stop an address that asks about many codes, malformed ones included', async () => {
    const { codes } = legacyBench();
    const asks = (count: number, code: (n: number) => string, address: string) =>
      Promise.all(
        Array.from({ length: count }, (_, n) => outcomeOf(ask(codes, address, new Secret(code(n))))),
      );
    const distinct = await asks(100, (n) => `AAA${100 + n}`, HOME);
    expect(tally(distinct)).toEqual({ ok: 50, too_many_pending: 50 });
    expect(tally(await asks(30, () => 'no code', HOME))).toEqual({
      code_malformed: 20,
      too_many_attempts: 10,
    });
    expect(tally(await asks(30, () => 'BBB111', '192.0.2.8'))).toEqual({ ok: 30 });
  });

  it('stop an operator who claims code after code', async () => {
    const { codes } = legacyBench();
    const outcomes: string[] = [];
    for (let n = 0; n < 25; n++) {
      const code = new Secret(`AAA${100 + n}`);
      await ask(codes, `10.0.0.${n}`, code);
      outcomes.push(await outcomeOf(codes.lookUp({ code, ...ANN })));
    }
    expect(tally(outcomes.slice(0, 20))).toEqual({ ok: 20 });
    expect(tally(outcomes.slice(20))).toEqual({ too_many_attempts: 5 });
  });

  it('count guesses at them with all others', async () => {
    const { codes } = legacyBench();
    const outcomes: string[] = [];
    for (let n = 0; n < 12; n++)
      outcomes.push(await outcomeOf(codes.lookUp({ code: new Secret(`AAA${100 + n}`), ...ANN })));
    expect(tally(outcomes)).toEqual({ code_unknown: 10, too_many_attempts: 2 });
  });
});
