import { describe, expect, it } from '@jest/globals';
import { ProvisionError, Secret } from '@org/domain';
import type { RevokeCall } from '../../src/index.js';
import { aCsr, aSigner } from '../support/authority.js';
import { settle } from '../support/clock.js';
import { enrolled, tls } from '../support/device.js';
import { outcomeOf, tally } from '../support/errors.js';
import { stuckAt } from '../support/stuck.js';
import { ANN, BOB, World, type WorldOptions } from '../support/world.js';

async function machine(options: WorldOptions = {}) {
  const world = new World({ platform: true, ...options });
  const { enrolments } = await world.process();
  const device = await enrolled(enrolments);
  const subject = { id: device.identity.credentials.machineId, domainId: 'plant', operator: ANN };
  const revoke = (more: Partial<RevokeCall> = {}) =>
    enrolments.revoke({ ...subject, reason: 'cessationOfOperation', removeGateway: false, ...more });
  return { world, enrolments, device, subject, revoke };
}

describe('revoking', () => {
  it('ends a machine once, however often it is asked to, and lets its gateway be', async () => {
    const { world, enrolments, device, subject, revoke } = await machine();
    await enrolments.renew({ csr: await aCsr(aSigner()), proof: tls(device.identity) });
    const first = await revoke();
    expect(first).toMatchObject({ state: 'revoked', revocation: { by: 'ann' }, removalDue: false });
    expect(await revoke({ operator: BOB, reason: 'unspecified' })).toEqual(first);
    expect(await world.valid()).toEqual([]);
    expect(world.eventsCalled('revoked')).toHaveLength(1);
    expect(world.platform.clients.size).toBe(1);
    expect(await outcomeOf(enrolments.reissue(subject))).toBe('machine_revoked');
    expect(await enrolments.countMachines()).toEqual({ revoked: 1 });
  });

  it('revokes what was being issued meanwhile, before and after it', async () => {
    const { world, enrolments, device, revoke } = await machine();
    const renewals = Array.from({ length: 10 }, async () =>
      outcomeOf(enrolments.renew({ csr: await aCsr(aSigner()), proof: tls(device.identity) })),
    );
    await revoke();
    const outcomes = Object.keys(tally(await Promise.all(renewals)));
    expect(outcomes.every((outcome) => ['ok', 'certificate_revoked'].includes(outcome))).toBe(true);
    expect(await world.valid()).toEqual([]);
  });

  it.each(['recordIntents', 'recordSigned'] as const)('ends a renewal that is stuck at %s', async (call) => {
    const { world, device, revoke } = await machine();
    const { target: certificates, goOn } = stuckAt(world.stores.certificates, { call, when: 'before' });
    const { enrolments } = await world.process({ ...world.outside, certificates });
    const renewal = enrolments.renew({ csr: await aCsr(aSigner()), proof: tls(device.identity) });
    await settle();
    await revoke();
    goOn();
    expect(await outcomeOf(renewal)).toBe('certificate_revoked');
    expect(await world.valid()).toEqual([]);
  });

  it('ends a renewal that comes between its own steps', async () => {
    const { world, device, subject } = await machine();
    const { target: certificates, goOn: issue } = stuckAt(world.stores.certificates, {
      call: 'recordIntents',
      when: 'before',
    });
    const { target: machines, goOn: end } = stuckAt(world.stores.machines, {
      call: 'replace',
      when: 'before',
    });
    const renewing = (await world.process({ ...world.outside, certificates })).enrolments;
    const revoking = (await world.process({ ...world.outside, machines })).enrolments;
    const renewal = renewing.renew({ csr: await aCsr(aSigner()), proof: tls(device.identity) });
    await settle();
    const revocation = revoking.revoke({ ...subject, reason: 'keyCompromise', removeGateway: false });
    await settle();
    issue();
    await renewal;
    expect(await world.valid()).toHaveLength(1);
    end();
    await revocation;
    expect(await world.valid()).toEqual([]);
  });

  it('removes the gateway too when asked, and goes on with it when the platform is out of order', async () => {
    const { world, enrolments, subject, revoke } = await machine();
    world.platform.interfere = () => {
      throw new ProvisionError({ kind: 'unavailable', code: 'connect_failed', message: 'down' });
    };
    expect(await revoke({ removeGateway: true })).toMatchObject({ state: 'revoked' });
    expect(await world.valid()).toEqual([]);
    expect(world.platform.clients.size).toBe(1);
    world.platform.interfere = () => undefined;
    await world.tend(120_000);
    expect(world.platform.size).toBe(0);
    expect(await enrolments.findMachine(subject)).toMatchObject({ gateway: undefined, removalDue: false });
  });

  it('leaves the removal to who asked for it, as long as that may take', async () => {
    const { world, revoke } = await machine();
    const goOn = world.platformWaits();
    const revoked = revoke({ removeGateway: true });
    await settle();
    const { enrolments: upkeep } = await world.process();
    upkeep.start();
    for (let seconds = 0; seconds < 45; seconds += 5) {
      await settle();
      world.clock.advance(5_000);
    }
    goOn();
    expect(await revoked).toMatchObject({ removalDue: false });
    expect(world.eventsCalled('trouble')).toEqual([]);
    expect(world.platform.size).toBe(0);
    await upkeep.close();
  });

  it('says that the removal is due while no one has credentials for it', async () => {
    const { world, enrolments, subject, revoke } = await machine();
    const nobody = { ...ANN, token: undefined };
    expect(await revoke({ operator: nobody, removeGateway: true })).toMatchObject({ removalDue: true });
    // Once when it was asked for, and not again at every look.
    await world.tend(90_000);
    expect(await enrolments.findMachine(subject)).toMatchObject({ removalDue: true });
    expect(world.eventsCalled('trouble')).toHaveLength(2);
    expect(await revoke({ removeGateway: true })).toMatchObject({ removalDue: false });
    expect(world.platform.size).toBe(0);
  });

  it("goes on with the service's own credentials where there are some", async () => {
    let own = new Error('no token yet') as Error | undefined;
    const token = async () => {
      if (own) throw own;
      return new Secret('own');
    };
    const { world, revoke } = await machine({ ownToken: { token } });
    await revoke({ operator: { ...ANN, token: undefined }, removeGateway: true });
    expect(world.platform.clients.size).toBe(1);
    own = undefined;
    await world.tend(120_000);
    expect(world.platform.size).toBe(0);
  });
});
