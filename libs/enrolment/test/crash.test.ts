import { describe, expect, it } from '@jest/globals';
import { isProvisionError } from '@org/domain';
import { toBase64url } from '../src/key-fingerprint.js';
import type { Enrolments, Identity } from '../src/index.js';
import { DAY_MS, aCsr, aSigner } from './support/authority.js';
import { Device, approve, enrolled, tls } from './support/device.js';
import { outcomeOf } from './support/errors.js';
import { type Death, Fate } from './support/fate.js';
import { ANN, World } from './support/world.js';

const MINUTE = 60_000;

/** Every call at which a process could die, before and after it; found by letting one live. */
async function deaths(run: (world: World, fate: Fate) => Promise<unknown>): Promise<Death[]> {
  const fate = new Fate();
  await run(new World({ platform: true }), fate);
  // Else there would be nothing to try.
  expect(fate.calls).toBeGreaterThan(2);
  const all: Death[] = [];
  for (let at = 1; at <= fate.calls; at++)
    for (const when of ['before', 'after'] as const) all.push({ at, when });
  return all;
}

/** A caller that asks again after an outage, as all are told to, until time is up. */
async function persist<T>(world: World, ask: (enrolments: Enrolments) => Promise<T>): Promise<T> {
  for (let attempt = 0; ; attempt++) {
    const { enrolments } = await world.process();
    try {
      return await ask(enrolments);
    } catch (error) {
      const again = isProvisionError(error) && ['unavailable', 'conflict'].includes(error.kind);
      if (!again || attempt > 5) throw error;
      await world.tend(MINUTE);
    }
  }
}

async function expectOneOf(world: World, device: Device, identity: Identity): Promise<void> {
  const { machineId, serial } = identity.credentials;
  const valid = await world.valid();
  expect(valid).toMatchObject([{ serial, machineId, keyFingerprint: device.begun.keyFingerprint }]);
  const { machines } = await (
    await world.process()
  ).enrolments.listMachines({
    domainId: 'plant',
    offset: 0,
    limit: 10,
  });
  expect(machines).toMatchObject([{ id: machineId, state: 'active', enrolmentId: device.begun.id }]);
  const { clients, channels, configurations } = world.platform;
  expect([clients.size, channels.size, configurations.size]).toEqual([1, 2, 1]);
  expect([...clients.keys()]).toEqual([machineId]);
  const [configuration] = configurations.values();
  expect(configuration).toMatchObject({ enabled: true, externalId: identity.bootstrap!.externalId });
  expect(configuration!.externalKey).toBe(identity.bootstrap!.externalKey.reveal());
  expect(await world.stores.journal.counts()).toMatchObject({
    running: 0,
    removing: 0,
    settling: 0,
    leftovers: 0,
  });
}

describe('a process that dies', () => {
  /** Begins and approves by a process with a fate, and redeems. */
  async function enrol(world: World, fate: Fate, device = new Device()): Promise<Identity> {
    const { enrolments } = await world.process(fate.of(world.outside));
    await device.begin(enrolments);
    await approve(enrolments, device);
    await enrolments.poll(device.credentials);
    return device.redeem(enrolments);
  }

  it('at any call of an enrolment leaves one certificate, one machine and one gateway', async () => {
    for (const death of await deaths(enrol)) {
      const world = new World({ platform: true });
      const fate = new Fate(death);
      const device = new Device();
      const ended = await enrol(world, fate, device).catch(() => undefined);
      expect([fate.dead, ended]).toEqual([true, undefined]);
      await world.tend(3 * MINUTE);
      // Without an answer the device has no code to show: it begins again, with the same key.
      if (!device.begun) await device.begin((await world.process()).enrolments);
      await persist(world, (enrolments) => approve(enrolments, device));
      const identity = await persist(world, (enrolments) => device.redeem(enrolments));
      expect((await persist(world, (enrolments) => device.redeem(enrolments))).credentials.serial).toBe(
        identity.credentials.serial,
      );
      await world.tend(10 * MINUTE);
      await expectOneOf(world, device, identity);
      // None was signed in vain either.
      const { records } = await world.stores.certificates.list({});
      expect(records.filter(({ certificate }) => certificate)).toHaveLength(1);
    }
  });

  it('at any call of a redemption that no one repeats leaves no live machine, unless it was done', async () => {
    const approved = async (world: World) => {
      const { enrolments } = await world.process();
      const device = await new Device().begin(enrolments);
      await approve(enrolments, device);
      return device;
    };
    const redeem = async (world: World, fate: Fate) => {
      const device = await approved(world);
      await device.redeem((await world.process(fate.of(world.outside))).enrolments).catch(() => undefined);
      return device.begun.id;
    };
    for (const death of await deaths(redeem)) {
      const world = new World({ platform: true });
      const id = await redeem(world, new Fate(death));
      world.clock.advance(120 * MINUTE);
      await world.tend(3 * MINUTE);
      const { enrolments } = await world.process();
      const { state } = await enrolments.find({ id, domainId: 'plant' });
      const machines = await enrolments.countMachines();
      const left = [(await world.valid()).length, machines.active ?? 0, world.platform.clients.size];
      expect([state, ...left]).toEqual(state === 'redeemed' ? [state, 1, 1, 1] : ['expired', 0, 0, 0]);
    }
  });

  it('at any call of an approval that is taken back leaves no gateway', async () => {
    const takeBack = async (world: World, fate: Fate) => {
      const { enrolments, provisioner } = await world.process(fate.of(world.outside));
      const device = await new Device().begin((await world.process()).enrolments);
      await approve(enrolments, device);
      await enrolments.deny({ id: device.begun.id, domainId: 'plant', operator: ANN });
      await provisioner.close(0);
    };
    for (const death of await deaths(takeBack)) {
      const world = new World({ platform: true });
      await takeBack(world, new Fate(death)).catch(() => undefined);
      // No one goes on: what was approved is not redeemed.
      world.clock.advance(90 * MINUTE);
      await world.tend(10 * MINUTE);
      expect(world.platform.size).toBe(0);
      expect(await world.stores.codes.undoDue(10)).toEqual([]);
      expect(await world.stores.journal.counts()).toMatchObject({ running: 0, removing: 0, leftovers: 0 });
    }
  });

  it('at any call of a renewal leaves the machine with one certificate for its new key', async () => {
    const signer = aSigner();
    const renew = async (world: World, fate: Fate) => {
      const { identity } = await enrolled((await world.process()).enrolments);
      world.clock.advance(70 * DAY_MS);
      const { enrolments } = await world.process(fate.of(world.outside));
      const csr = await aCsr(signer);
      const call = { csr, proof: tls(identity) };
      await enrolments.renew(call).catch((error: unknown) => {
        if (!fate.dead) throw error;
      });
      return { call, machineId: identity.credentials.machineId };
    };
    for (const death of await deaths(renew)) {
      const world = new World({ platform: true });
      const { call, machineId } = await renew(world, new Fate(death));
      const renewed = await persist(world, (enrolments) => enrolments.renew(call));
      await persist(world, (enrolments) =>
        enrolments.checkIn({ kind: 'tls', certificate: renewed.certificate }),
      );
      expect((await world.valid()).map(({ serial }) => serial)).toEqual([renewed.serial]);
      expect(renewed.machineId).toBe(machineId);
    }
  });

  it('at any call of a late renewal leaves the machine with one certificate, and the others of its tries', async () => {
    const signer = aSigner();
    const renew = async (world: World, fate: Fate) => {
      const { identity } = await enrolled((await world.process()).enrolments);
      world.clock.advance(identity.credentials.notAfter + MINUTE - world.clock.now());
      const { enrolments } = await world.process(fate.of(world.outside));
      const call = { csr: await aCsr(signer), proof: tls(identity) };
      await enrolments.renew(call).catch((error: unknown) => {
        if (!fate.dead) throw error;
      });
      return call;
    };
    for (const death of await deaths(renew)) {
      const world = new World({ platform: true });
      const call = await renew(world, new Fate(death));
      const renewed = await persist(world, (enrolments) => enrolments.renew(call));
      const proof = { kind: 'tls', certificate: renewed.certificate } as const;
      await persist(world, (enrolments) => enrolments.checkIn(proof));
      expect((await world.valid()).map(({ serial }) => serial)).toEqual([renewed.serial]);
      // Shown to be alive, it has all its late renewals again.
      expect(await world.stores.machines.find(renewed.machineId)).toMatchObject({ lateRenewals: 0 });
    }
  });

  it('at any call of a deprovisioning lets the device end it by asking again', async () => {
    const deprovision = async (world: World, fate: Fate) => {
      const { identity } = await enrolled((await world.process()).enrolments);
      const { enrolments } = await world.process(fate.of(world.outside));
      await enrolments.deprovision(tls(identity)).catch(() => undefined);
      return identity;
    };
    for (const death of await deaths(deprovision)) {
      const world = new World({ platform: true });
      const identity = await deprovision(world, new Fate(death));
      const again = await outcomeOf(persist(world, (enrolments) => enrolments.deprovision(tls(identity))));
      expect(['ok', 'certificate_revoked']).toContain(again);
      expect(await world.valid()).toEqual([]);
      const machine = await world.stores.machines.find(identity.credentials.machineId);
      expect(machine).toMatchObject({ state: 'revoked', revocation: { by: 'device' } });
    }
  });

  it('at any call of a revocation leaves nothing valid, and no gateway', async () => {
    const revoke = async (world: World, fate: Fate) => {
      const { identity } = await enrolled((await world.process()).enrolments);
      const { enrolments } = await world.process(fate.of(world.outside));
      const { machineId: id } = identity.credentials;
      const call = {
        id,
        domainId: 'plant',
        operator: ANN,
        reason: 'keyCompromise',
        removeGateway: true,
      } as const;
      const machine = await enrolments.revoke(call).catch(() => undefined);
      return { call, machine };
    };
    for (const death of await deaths(revoke)) {
      const world = new World({ platform: true });
      const { call } = await revoke(world, new Fate(death));
      // What is said to be revoked is.
      if ((await world.stores.machines.find(call.id))?.state === 'revoked')
        expect(await world.valid()).toEqual([]);
      await world.tend(2 * MINUTE);
      const machine = await persist(world, (enrolments) => enrolments.revoke(call));
      await world.tend(2 * MINUTE);
      expect(machine).toMatchObject({ state: 'revoked', revocation: { by: 'ann', reason: 'keyCompromise' } });
      expect(await world.stores.machines.removalDue(10)).toEqual([]);
      expect(await world.valid()).toEqual([]);
      expect(world.platform.size).toBe(0);
    }
  });

  it('knows the same key by both of its names', () => {
    const hex = 'ab'.repeat(32);
    expect(Buffer.from(toBase64url(hex), 'base64url').toString('hex')).toBe(hex);
  });
});
