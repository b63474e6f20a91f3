import { describe, expect, it } from '@jest/globals';
import { readCsr } from '@org/x509';
import { type MachineProof, type RenewCall } from '../../src/index.js';
import { DAY_MS, type KeyKind, aCsr, aSigner } from '../support/authority.js';
import { settle } from '../support/clock.js';
import { enrolled, signature, tls } from '../support/device.js';
import { outcomeOf, tally } from '../support/errors.js';
import { stuckAt } from '../support/stuck.js';
import { ANN, World, type WorldOptions } from '../support/world.js';

async function machine(options: WorldOptions = {}, kind: KeyKind = 'P-256') {
  const world = new World(options);
  const { enrolments, issuer } = await world.process();
  const device = await enrolled(enrolments, aSigner(kind));
  const { credentials } = device.identity;
  const subject = { id: credentials.machineId, domainId: 'plant', operator: ANN };
  const renew = async (more: Partial<RenewCall> = {}) =>
    enrolments.renew({ csr: await aCsr(aSigner()), proof: tls(device.identity), ...more });
  return { world, enrolments, issuer, device, credentials, subject, renew };
}

const shown = ({ certificate }: { readonly certificate: Buffer }): MachineProof => ({
  kind: 'tls',
  certificate,
});

describe('renewing', () => {
  it.each(['P-256', 'P-384', 'Ed25519', 'RSA'] as const)(
    'is proven by a signature of a %s key',
    async (kind) => {
      const { device, credentials, renew } = await machine({}, kind);
      const csr = await aCsr(aSigner(), credentials.machineId);
      const proof = await signature(credentials.certificate, device.signer, csr);
      expect((await renew({ csr, proof })).serial).not.toBe(credentials.serial);
      const other = await signature(credentials.certificate, device.signer, await aCsr(aSigner()));
      const stranger = { ...proof, signature: await aSigner().sign(Buffer.from('x')) };
      for (const wrong of [
        other,
        stranger,
        { ...proof, signature: Buffer.alloc(64) },
        { ...proof, signature: Buffer.alloc(0) },
      ])
        expect(await outcomeOf(renew({ csr, proof: wrong }))).toBe('proof_invalid');
    },
  );

  it('signs the DER of the request, also where the request comes as PEM', async () => {
    const { device, credentials, renew } = await machine();
    const der = await aCsr(aSigner());
    const proof = await signature(credentials.certificate, device.signer, der);
    const pem = `-----BEGIN CERTIFICATE REQUEST-----\n${der.toString('base64')}\n-----END CERTIFICATE REQUEST-----\n`;
    expect(readCsr(pem).der).toEqual(der);
    expect(await outcomeOf(renew({ csr: Buffer.from(pem), proof }))).toBe('ok');
  });

  it('gives the same new key the same certificate, and keeps the old one until the new one is used', async () => {
    const { world, enrolments, device, credentials, renew } = await machine();
    const csr = await aCsr(aSigner());
    const first = await renew({ csr });
    expect(await renew({ csr })).toEqual(first);
    const [second, third] = [await renew(), await renew()];
    expect((await world.valid()).map(({ serial }) => serial)).toEqual(
      [credentials, first, second, third].map(({ serial }) => serial),
    );
    // By a check-in, or by a renewal with it.
    const fourth = await renew({ proof: shown(first) });
    expect((await world.valid()).map(({ serial }) => serial)).toEqual(
      [first, second, third, fourth].map(({ serial }) => serial),
    );
    await enrolments.checkIn(shown(second));
    expect((await world.valid()).map(({ serial }) => serial)).toEqual(
      [second, third, fourth].map(({ serial }) => serial),
    );
    expect(await outcomeOf(renew({ csr, proof: tls(device.identity) }))).toBe('certificate_revoked');
    // A key whose certificate was revoked is given another.
    expect((await renew({ csr, proof: shown(second) })).serial).not.toBe(first.serial);
  });

  it('gives one certificate to a request that comes many times at once', async () => {
    const { world, renew } = await machine();
    const csr = await aCsr(aSigner());
    const all = await Promise.all(Array.from({ length: 15 }, () => renew({ csr })));
    expect(new Set(all.map(({ serial }) => serial)).size).toBe(1);
    expect(await world.valid()).toHaveLength(2);
  });

  /** One request that came to two processes, the first of which records what it is about to sign and then gets stuck. */
  async function sentTwice(when: 'before' | 'after', options?: WorldOptions, afterMs = 0) {
    const bench = await machine(options);
    bench.world.clock.advance(afterMs);
    const { target: certificates, goOn } = stuckAt(bench.world.stores.certificates, {
      call: 'recordSigned',
      when,
    });
    const slow = (await bench.world.process({ ...bench.world.outside, certificates })).enrolments;
    const call = { csr: await aCsr(aSigner()), proof: tls(bench.device.identity) };
    const first = slow.renew(call);
    await settle();
    return { ...bench, call, first, second: await bench.enrolments.renew(call), goOn };
  }

  it('counts a late one once that comes to two processes, one of them slow', async () => {
    const options = { settings: { maxLateRenewals: 1 } };
    const { enrolments, subject, first, second, goOn } = await sentTwice('before', options, 91 * DAY_MS);
    goOn();
    expect((await first).serial).toBe(second.serial);
    expect(await enrolments.findMachine(subject)).toMatchObject({ lateRenewals: 1 });
  });

  it.each(['before', 'after'] as const)(
    'gives one certificate to a request that comes to two processes, one of them slow (stuck %s its signature)',
    async (when) => {
      const { world, enrolments, credentials, first, second, goOn } = await sentTwice(when);
      goOn();
      expect(await first).toEqual(second);
      const valid = (await world.valid()).map(({ serial }) => serial);
      expect(valid).toEqual([credentials.serial, second.serial]);
      await enrolments.checkIn(shown(second));
      expect((await world.valid()).map(({ serial }) => serial)).toEqual([second.serial]);
    },
  );

  it('does not wait for a process that died before it signed', async () => {
    const { world, enrolments, call, second } = await sentTwice('before');
    expect(await enrolments.renew(call)).toEqual(second);
    await enrolments.checkIn(shown(second));
    expect((await world.valid()).map(({ serial }) => serial)).toEqual([second.serial]);
  });

  it('gives a key that stays a new certificate, however early, and the same one while its answer may be lost', async () => {
    const { world, enrolments, device, credentials, renew } = await machine();
    const csr = await aCsr(device.signer);
    const renewed = await renew({ csr });
    expect(renewed.serial).not.toBe(credentials.serial);
    expect(await renew({ csr })).toEqual(renewed);
    expect((await world.valid()).map(({ serial }) => serial)).toEqual([credentials.serial, renewed.serial]);
    const next = await renew({ csr, proof: shown(renewed) });
    expect(next.serial).not.toBe(renewed.serial);
    expect(await renew({ csr, proof: shown(renewed) })).toEqual(next);
    await enrolments.checkIn(shown(next));
    expect((await world.valid()).map(({ serial }) => serial)).toEqual([next.serial]);
  });

  it('gives a certificate that no one came for a successor when that is due', async () => {
    const { world, credentials, renew } = await machine();
    const csr = await aCsr(aSigner());
    const first = await renew({ csr });
    world.clock.advance(first.renewAt - world.clock.now());
    const second = await renew({ csr });
    expect(second.serial).not.toBe(first.serial);
    expect(await renew({ csr })).toEqual(second);
    expect(second.machineId).toBe(credentials.machineId);
  });

  it('says when to renew, the same whenever it is asked', async () => {
    const { enrolments, device, credentials } = await machine();
    for (let n = 0; n < 2; n++) {
      const { renewAt } = await enrolments.checkIn(tls(device.identity));
      expect(renewAt).toBe(credentials.renewAt);
    }
  });

  it('is limited for a machine, and not by repetitions or what failed', async () => {
    const { world, enrolments, renew, credentials } = await machine({ settings: { maxRenewalsPerDay: 3 } });
    const csr = await aCsr(aSigner());
    for (let n = 0; n < 5; n++) await renew({ csr });
    for (let n = 0; n < 5; n++)
      expect(await outcomeOf(renew({ csr: await aCsr(aSigner(), 'other') }))).toBe('csr_name_mismatch');
    const all = Array.from({ length: 10 }, () => outcomeOf(renew()));
    expect(tally(await Promise.all(all))).toEqual({ ok: 2, too_many_renewals: 8 });
    await expect(renew()).rejects.toMatchObject({ kind: 'unavailable', details: { retryAfter: 28_800 } });
    const another = await enrolled(enrolments);
    expect(await outcomeOf(renew({ proof: tls(another.identity) }))).toBe('ok');
    world.clock.advance(DAY_MS / 3);
    expect((await renew()).machineId).toBe(credentials.machineId);
  });

  it('is refused to certificates of others, and to revoked machines', async () => {
    const { world, enrolments, issuer, device, credentials, subject, renew } = await machine();
    const request = readCsr(await aCsr(aSigner()));
    // Of the authority, as those for servers are, but of no machine.
    const server = await issuer.issue({ request, machineId: 'server' });
    for (const certificate of [server.certificate, credentials.root, Buffer.from('rubbish'), Buffer.alloc(0)])
      expect(await outcomeOf(renew({ proof: { kind: 'tls', certificate } }))).toBe('certificate_unknown');
    await enrolments.revoke({ ...subject, reason: 'unspecified', removeGateway: false });
    expect(await outcomeOf(renew())).toBe('certificate_revoked');
    expect(await outcomeOf(enrolments.checkIn(tls(device.identity)))).toBe('certificate_revoked');
    expect(await outcomeOf(device.redeem(enrolments))).toBe('certificate_revoked');
    expect((await world.valid()).map(({ serial }) => serial)).toEqual([server.serial]);
  });
});

describe('a certificate of this authority that is not on record, as after a restore', () => {
  it('is told apart from unknown ones, and the operator hears of it once its key is proven', async () => {
    const before = await machine();
    const restored = await machine();
    const heard = () => restored.world.eventsCalled('notRecorded');
    const proof = tls(before.device.identity);
    expect(await outcomeOf(restored.renew({ proof }))).toBe('certificate_not_recorded');
    expect(await outcomeOf(restored.enrolments.checkIn(proof))).toBe('certificate_not_recorded');
    const { machineId, serial } = before.credentials;
    expect(heard()).toEqual(Array(2).fill({ serial, subject: `CN=${machineId}` }));
    const csr = await aCsr(aSigner());
    const stolen = await signature(before.credentials.certificate, aSigner(), csr);
    expect(await outcomeOf(restored.renew({ csr, proof: stolen }))).toBe('proof_invalid');
    expect(heard()).toHaveLength(2);
  });
});

describe('renewing late', () => {
  const LIFE = 90 * DAY_MS;

  it('is allowed for a while after the end, a few times', async () => {
    const { world, enrolments, device, subject, renew } = await machine();
    world.clock.advance(LIFE + DAY_MS);
    expect(await outcomeOf(enrolments.checkIn(tls(device.identity)))).toBe('certificate_expired');
    for (let n = 0; n < 5; n++)
      expect(await outcomeOf(renew({ csr: await aCsr(aSigner(), 'other') }))).toBe('csr_name_mismatch');
    const csr = await aCsr(aSigner());
    const renewed = await renew({ csr });
    for (let n = 0; n < 5; n++) expect(await renew({ csr })).toEqual(renewed);
    expect(await enrolments.findMachine(subject)).toMatchObject({ lateRenewals: 1 });
    const all = Array.from({ length: 10 }, () => outcomeOf(renew()));
    expect(tally(await Promise.all(all))).toEqual({ ok: 2, certificate_expired: 8 });
    expect(world.eventsCalled('renewed')).toMatchObject([{ how: 'late' }, { how: 'late' }, { how: 'late' }]);
    await enrolments.checkIn(shown(renewed));
    expect(await enrolments.findMachine(subject)).toMatchObject({ lateRenewals: 0 });
  });

  it('is refused to a certificate whose successor is in use', async () => {
    const { world, enrolments, credentials, device, renew } = await machine();
    const minute = 60_000;
    world.clock.advance(credentials.notAfter - 60 * minute - world.clock.now());
    const successor = await renew();
    world.clock.advance(61 * minute);
    await enrolments.checkIn(shown(successor));
    expect(await outcomeOf(renew())).toBe('certificate_revoked');
    world.clock.advance(DAY_MS);
    expect(await outcomeOf(renew({ proof: tls(device.identity) }))).toBe('certificate_revoked');
    expect(await outcomeOf(enrolments.checkIn(shown(successor)))).toBe('ok');
  });

  it('is refused again once the certificate that came of it is in use', async () => {
    const { world, enrolments, renew } = await machine();
    world.clock.advance(LIFE + DAY_MS);
    const renewed = await renew();
    await enrolments.checkIn(shown(renewed));
    expect(await outcomeOf(renew())).toBe('certificate_revoked');
    expect(await outcomeOf(enrolments.checkIn(shown(renewed)))).toBe('ok');
  });

  it('ends when the time is over', async () => {
    const { world, renew, credentials } = await machine();
    world.clock.advance(credentials.notAfter + 7 * DAY_MS - world.clock.now());
    expect(await outcomeOf(renew())).toBe('ok');
    world.clock.advance(1);
    expect(await outcomeOf(renew())).toBe('certificate_expired');
  });
});

describe('a machine that shows its certificate', () => {
  it('is seen, and that is written down once an hour', async () => {
    const { world, enrolments, device, subject } = await machine();
    const from = world.clock.now();
    const seenAt = async () => (await enrolments.findMachine(subject)).lastSeenAt! - from;
    await enrolments.checkIn(tls(device.identity));
    expect(await seenAt()).toBe(0);
    world.clock.advance(3_599_999);
    await enrolments.checkIn(tls(device.identity));
    expect(await seenAt()).toBe(0);
    world.clock.advance(1);
    await enrolments.checkIn(tls(device.identity));
    expect(await seenAt()).toBe(3_600_000);
  });

  it('must show it by TLS', async () => {
    const { enrolments, device, credentials } = await machine();
    const proof = await signature(credentials.certificate, device.signer, Buffer.alloc(0));
    expect(await outcomeOf(enrolments.checkIn(proof))).toBe('proof_invalid');
    expect(await outcomeOf(enrolments.deprovision(proof))).toBe('proof_invalid');
  });

  it('learns that an operator wants it to renew, until it uses a newer one', async () => {
    const { world, enrolments, device, credentials, subject, renew } = await machine();
    world.clock.advance(DAY_MS);
    await enrolments.reissue(subject);
    expect((await enrolments.findMachine(subject)).reissue).toEqual({ by: 'ann', at: world.clock.now() });
    world.clock.advance(1_000);
    const asked = await enrolments.checkIn(tls(device.identity));
    expect(asked.renewAt).toBeLessThan(world.clock.now());
    // Also where the device keeps its key.
    const renewed = await renew({ csr: await aCsr(device.signer) });
    expect(renewed.serial).not.toBe(credentials.serial);
    expect((await enrolments.checkIn(tls(device.identity))).renewAt).toBeLessThan(world.clock.now());
    expect((await enrolments.checkIn(shown(renewed))).renewAt).toBe(renewed.renewAt);
    expect((await enrolments.findMachine(subject)).reissue).toBeUndefined();
  });

  it('can give its identity up; its gateway stays until an operator removes it', async () => {
    const { world, enrolments, device, subject } = await machine({ platform: true });
    const gone = await enrolments.deprovision(tls(device.identity));
    expect(gone).toMatchObject({
      state: 'revoked',
      revocation: { by: 'device', reason: 'cessationOfOperation' },
    });
    expect(await world.valid()).toEqual([]);
    expect(world.platform.clients.size).toBe(1);
    const machineAfter = await enrolments.revoke({
      ...subject,
      reason: 'unspecified',
      removeGateway: true,
    });
    expect(machineAfter).toMatchObject({
      revocation: { by: 'device' },
      gateway: undefined,
      removalDue: false,
    });
    expect(world.platform.size).toBe(0);
  });
});
