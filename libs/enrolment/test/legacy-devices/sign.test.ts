import { describe, expect, it } from '@jest/globals';
import { LEGACY_SETTINGS } from '@org/code-issuance';
import { Secret } from '@org/domain';
import { type Signer, createCsr } from '@org/x509';
import type { Enrolments, LegacyDeviceSignCall } from '../../src/index.js';
import { aCsr, aSigner } from '../support/authority.js';
import { settle } from '../support/clock.js';
import { enrolled } from '../support/device.js';
import { outcomeOf, tally } from '../support/errors.js';
import { Fate } from '../support/fate.js';
import { stuckAt } from '../support/stuck.js';
import { ANN, World } from '../support/world.js';

const address = '192.0.2.7';
const CODE = new Secret('A1B2C3');

async function approveCode(enrolments: Enrolments, code = CODE): Promise<string> {
  const { id } = await enrolments.lookUp({ code, operator: ANN, address: '198.51.100.1' });
  const request = { name: 'press-7' };
  return (await enrolments.approve({ id, domainId: 'plant', operator: ANN, request })).machineId!;
}

/** The device's question once its code is approved. */
async function ticketFor(
  enrolments: Enrolments,
  code = CODE,
): Promise<{ machineId: string; ticket: Secret }> {
  const answer = await enrolments.ask({ code, address });
  if (answer.state !== 'approved') throw new Error('still waiting');
  return answer;
}

async function signCall(
  { machineId, ticket }: { readonly machineId: string; readonly ticket?: Secret },
  signer: Signer = aSigner(),
): Promise<LegacyDeviceSignCall> {
  const csr = await aCsr(signer, machineId);
  return { ticket, csr, machineId, requestType: ticket ? 'Provision' : 'ReIssue', address };
}

async function approved() {
  const world = new World({ platform: true });
  const { enrolments } = await world.process();
  expect(await enrolments.ask({ code: CODE, address })).toEqual({ state: 'waiting' });
  const machineId = await approveCode(enrolments);
  return { world, enrolments, machineId, ticket: () => ticketFor(enrolments) };
}

async function signed() {
  const bench = await approved();
  const first = await bench.enrolments.sign(await signCall(await bench.ticket()));
  const subject = { id: bench.machineId, domainId: 'plant', operator: ANN };
  return { ...bench, first, subject };
}

describe('a legacy device', () => {
  it('gets a certificate by the code that it made and the ticket for who asked', async () => {
    const { world, enrolments, machineId, first } = await signed();
    expect(first.machineId).toBe(machineId);
    expect((await world.valid()).map(({ serial }) => serial)).toEqual([first.serial]);
    const machine = await enrolments.findMachine({ id: machineId, domainId: 'plant' });
    expect(machine).toMatchObject({ binding: 'ticket', state: 'active', name: 'press-7' });
    expect([...world.platform.clients.keys()]).toEqual([machineId]);
  });

  it('may let the server make its code', async () => {
    const { enrolments } = await new World().process();
    const code = await enrolments.generateCode({ address });
    await approveCode(enrolments, code);
    const credentials = await enrolments.sign(await signCall(await ticketFor(enrolments, code)));
    expect(credentials.serial).toMatch(/^[0-9a-f]+$/);
  });

  it('has a new key after a lost response: the earlier certificate is then revoked', async () => {
    const { world, enrolments, machineId, first, ticket } = await signed();
    const second = await enrolments.sign(await signCall(await ticket()));
    expect(second.machineId).toBe(machineId);
    expect((await world.valid()).map(({ serial }) => serial)).toEqual([second.serial]);
    const [before] = await world.stores.certificates.find([first.serial]);
    expect(before?.revocation?.reason).toBe('superseded');
    expect(await enrolments.listMachines({ domainId: 'plant', offset: 0, limit: 10 })).toMatchObject({
      total: 1,
    });
    world.clock.advance(120_000);
    expect(await enrolments.ask({ code: CODE, address })).toEqual({ state: 'waiting' });
  });

  it('gets the same certificate again by the same key and ticket, and no one else gets one for it', async () => {
    const { world, enrolments, ticket } = await approved();
    const call = await signCall(await ticket());
    const first = await enrolments.sign(call);
    const thief = { ...call, csr: await aCsr(aSigner(), call.machineId) };
    const elsewhere = { address: '203.0.113.9' };
    for (const stolen of [thief, { ...thief, ...elsewhere }, { ...call, ...elsewhere }])
      expect(await outcomeOf(enrolments.sign(stolen))).toBe('ticket_refused');
    expect(await enrolments.sign(call)).toEqual(first);
    expect((await world.valid()).map(({ serial }) => serial)).toEqual([first.serial]);
  });

  it('gets one valid certificate of many requests at once, each with a key of its own', async () => {
    const { world, enrolments, ticket } = await approved();
    const given = await ticket();
    const calls = await Promise.all(Array.from({ length: 20 }, () => signCall(given)));
    const outcomes = await Promise.all(calls.map((call) => outcomeOf(enrolments.sign(call))));
    expect(tally(outcomes)['ok']).toBe(1);
    expect(await world.valid()).toHaveLength(1);
  });

  /** A request in a process of its own that freezes before the certificate is recorded. */
  async function stuckRequest({ world, ticket }: Awaited<ReturnType<typeof approved>>) {
    const { target: certificates, goOn } = stuckAt(world.stores.certificates, {
      call: 'recordIntents',
      when: 'before',
    });
    const fate = new Fate();
    const { enrolments } = await world.process(fate.of({ ...world.outside, certificates }));
    const request = enrolments.sign(await signCall(await ticket()));
    await settle();
    const thaw = fate.freeze();
    const thawAndGoOn = () => {
      thaw();
      goOn();
    };
    return { request, goOn: thawAndGoOn };
  }

  it('keeps the certificate of its newest key when an earlier request comes to its end late', async () => {
    const bench = await approved();
    const { request, goOn } = await stuckRequest(bench);
    bench.world.clock.advance(30_000);
    const second = await bench.enrolments.sign(await signCall(await bench.ticket()));
    goOn();
    expect(await outcomeOf(request)).toBe('ticket_refused');
    expect((await bench.world.valid()).map(({ serial }) => serial)).toEqual([second.serial]);
  });

  it('gets nothing when it is revoked while it asks again', async () => {
    const bench = await signed();
    const { request, goOn } = await stuckRequest(bench);
    await bench.enrolments.revoke({ ...bench.subject, reason: 'unspecified', removeGateway: false });
    goOn();
    expect(await outcomeOf(request)).toBe('certificate_revoked');
    expect(await bench.world.valid()).toEqual([]);
  });

  it('is refused without a ticket, with a wrong one, and under another name', async () => {
    const { world, enrolments, ticket } = await approved();
    const given = await ticket();
    const call = await signCall(given);
    const outcome = (more: Partial<LegacyDeviceSignCall>) => outcomeOf(enrolments.sign({ ...call, ...more }));
    expect(await outcome({ ticket: undefined })).toBe('ticket_refused');
    expect(await outcome({ ticket: new Secret('guess') })).toBe('ticket_refused');
    expect(await outcome({ machineId: 'machine-2' })).toBe('csr_name_mismatch');
    expect(await outcome({ csr: await aCsr(aSigner()) })).toBe('csr_name_mismatch');
    const other = await signCall({ ...given, machineId: 'machine-2' });
    expect(await outcomeOf(enrolments.sign(other))).toBe('csr_name_mismatch');
    expect(await world.valid()).toEqual([]);
    expect(await outcome({})).toBe('ok');
  });

  it('is not let in where legacy devices are switched off', async () => {
    const { enrolments } = await new World({ codes: { legacy: undefined } }).process();
    expect(enrolments.acceptsLegacyDevices).toBe(false);
    const call = await signCall({ machineId: 'm', ticket: new Secret('t') });
    const all = [
      enrolments.ask({ code: CODE, address }),
      enrolments.generateCode({ address }),
      enrolments.sign(call),
      enrolments.sign({ ...call, requestType: 'ReIssue' }),
    ];
    for (const asked of all) expect(await outcomeOf(asked)).toBe('legacy_devices_off');
  });
});

describe('the re-issue of a legacy device', () => {
  it('needs an operator who asked for it, and happens once', async () => {
    const { world, enrolments, machineId, first, subject } = await signed();
    const again = async () => enrolments.sign(await signCall({ machineId }));
    expect(await outcomeOf(again())).toBe('reissue_refused');
    await enrolments.reissue(subject);
    const all = await Promise.all(Array.from({ length: 10 }, () => outcomeOf(again())));
    expect(tally(all)).toEqual({ ok: 1, reissue_refused: 9 });
    const valid = await world.valid();
    expect(valid).toHaveLength(1);
    expect(valid[0]!.serial).not.toBe(first.serial);
    await enrolments.reissue(subject);
    const later = await again();
    expect((await world.valid()).map(({ serial }) => serial)).toEqual([later.serial]);
  });

  it('ends a certificate that expired, which could still be renewed late', async () => {
    const { world, enrolments, machineId, first, subject } = await signed();
    world.clock.advance(first.notAfter + 1 - world.clock.now());
    await enrolments.reissue(subject);
    await enrolments.sign(await signCall({ machineId }));
    const proof = { kind: 'tls', certificate: first.certificate } as const;
    const late = enrolments.renew({ csr: await aCsr(aSigner()), proof });
    expect(await outcomeOf(late)).toBe('certificate_revoked');
  });

  it('is refused when the time is over, and to machines that are gone or unknown', async () => {
    const { world, enrolments, machineId, subject } = await signed();
    const again = async (id = machineId) => outcomeOf(enrolments.sign(await signCall({ machineId: id })));
    await enrolments.reissue(subject);
    expect(await again('machine-2')).toBe('reissue_refused');
    world.clock.advance(600_000);
    expect(await again()).toBe('reissue_refused');
    await enrolments.reissue(subject);
    await enrolments.revoke({ ...subject, reason: 'unspecified', removeGateway: false });
    expect(await again()).toBe('reissue_refused');
    expect(await world.valid()).toEqual([]);
  });

  it('can be tried again when nothing was given out', async () => {
    const { enrolments, machineId, subject } = await signed();
    await enrolments.reissue(subject);
    const call = await signCall({ machineId });
    const names = { dns: ['another.example'] };
    const greedy = await createCsr(aSigner(), { subject: { commonName: machineId }, names });
    expect(await outcomeOf(enrolments.sign({ ...call, csr: greedy }))).toBe('csr_name_forbidden');
    expect(await outcomeOf(enrolments.sign(call))).toBe('ok');
  });

  it('takes over no machine that can prove its key', async () => {
    const world = new World({ codes: { legacy: LEGACY_SETTINGS } });
    const { enrolments } = await world.process();
    const { identity } = await enrolled(enrolments);
    const { machineId, serial } = identity.credentials;
    await enrolments.reissue({ id: machineId, domainId: 'plant', operator: ANN });
    expect(await outcomeOf(enrolments.sign(await signCall({ machineId })))).toBe('reissue_refused');
    expect((await world.valid()).map((it) => it.serial)).toEqual([serial]);
  });
});
