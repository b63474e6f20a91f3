import { describe, expect, it } from '@jest/globals';
import { ProvisionError, Secret } from '@org/domain';
import { MINUTE, hangingApproval, payloadOf } from '../support/approvals.js';
import { settle } from '../support/clock.js';
import { Device, approve, enrolled } from '../support/device.js';
import { outcomeOf, tally } from '../support/errors.js';
import { ANN, BOB, World, type WorldOptions } from '../support/world.js';

async function waiting(options: WorldOptions = {}) {
  const world = new World({ platform: true, ...options });
  const { enrolments, provisioner } = await world.process();
  const device = await new Device().begin(enrolments);
  return { world, enrolments, provisioner, device };
}

describe('approving', () => {
  it("makes the device's gateway, and gives the device the way to it", async () => {
    const { world, enrolments, device } = await waiting();
    const view = await approve(enrolments, device);
    expect(view.externalId).toMatch(/^[0-9a-f]{4}(-[0-9a-f]{4}){3}$/);
    const [configuration, ...others] = [...world.platform.configurations.values()];
    expect(others).toEqual([]);
    const { credentials, bootstrap } = await device.redeem(enrolments);
    expect(bootstrap).toMatchObject({ url: 'https://bootstrap.example', externalId: view.externalId });
    expect(configuration).toMatchObject({
      externalId: view.externalId,
      externalKey: bootstrap!.externalKey.reveal(),
      enabled: true,
    });
    expect(credentials.machineId).toBe(view.machineId);
    expect([...world.platform.clients.keys()]).toEqual([view.machineId]);
    expect(await enrolments.findMachine({ id: view.machineId!, domainId: 'plant' })).toMatchObject({
      gateway: {
        externalId: view.externalId,
        clientIds: [view.machineId],
        channelIds: [...world.platform.channels.keys()],
        configurationId: configuration!.id,
      },
    });
    // The device brings its own key.
    expect(world.platform.certificates.size).toBe(0);
  });

  it('takes the external id and key that the operator chose, and a layout by name', async () => {
    const { world, enrolments, device } = await waiting();
    const { id } = device.begun;
    const request = { name: 'press-7', externalId: '33:52', externalKey: new Secret('k-1'), layout: 'twin' };
    const view = await enrolments.approve({ id, domainId: 'plant', operator: ANN, request });
    expect(view.externalId).toBe('33:52');
    const { bootstrap } = await device.redeem(enrolments);
    expect(bootstrap!.externalKey.reveal()).toBe('k-1');
    const names = new Map([...world.platform.clients].map(([client, it]) => [it['name'], client]));
    expect([...names.keys()].sort()).toEqual(['press-7', 'press-7_sensor']);
    expect(names.get('press-7')).toBe(view.machineId);
  });

  it('gives the same answer when it is repeated, and is hidden from others', async () => {
    const { world, enrolments, device } = await waiting();
    const first = await approve(enrolments, device, { externalId: '33:52' });
    expect(await approve(enrolments, device, { externalId: 'another' })).toEqual(first);
    const { id } = device.begun;
    const others = { id, domainId: 'elsewhere', operator: BOB, request: { name: 'mine' } };
    expect(await outcomeOf(enrolments.approve(others))).toBe('enrolment_unknown');
    await device.redeem(enrolments);
    expect((await approve(enrolments, device)).machineId).toBe(first.machineId);
    expect(world.platform.clients.size).toBe(1);
    expect(world.eventsCalled('approved')).toHaveLength(1);
  });

  it('makes one gateway of many approvals at once', async () => {
    const { world, enrolments, device } = await waiting();
    const call = { id: device.begun.id, domainId: 'plant', operator: ANN, request: { name: 'press-7' } };
    const all = Array.from({ length: 50 }, () => outcomeOf(enrolments.approve(call)));
    expect(tally(await Promise.all(all))).toEqual({ ok: 1, approval_in_progress: 49 });
    expect(world.platform.clients.size).toBe(1);
  });

  it('can be tried again after a failure that left nothing', async () => {
    const { world, enrolments, device } = await waiting();
    world.platform.interfere = (operation) => {
      if (operation === 'connect')
        throw new ProvisionError({ kind: 'unavailable', code: 'connect_failed', message: 'down' });
    };
    expect(await outcomeOf(approve(enrolments, device))).toBe('connections_failed');
    expect(world.platform.size).toBe(0);
    world.platform.interfere = () => undefined;
    expect(await outcomeOf(approve(enrolments, device, { layout: 'none such' }))).toBe('layout_unknown');
    expect(await outcomeOf(approve(enrolments, device, { externalId: 'a/b' }))).toBe('invalid_external_id');
    expect(await enrolments.find({ id: device.begun.id, domainId: 'elsewhere' })).toMatchObject({
      state: 'pending',
    });
    const view = await approve(enrolments, device, { domainId: 'elsewhere', operator: BOB });
    expect(view).toMatchObject({ state: 'approved', approvedBy: 'bob', domainId: 'elsewhere' });
  });

  it('says that an external id is taken, and leaves its gateway alone', async () => {
    const { world, enrolments, device } = await waiting();
    await approve(enrolments, device, { externalId: '33:52' });
    const before = world.platform.size;
    const second = await new Device().begin(enrolments);
    await expect(approve(enrolments, second, { externalId: '33:52' })).rejects.toMatchObject({
      kind: 'conflict',
    });
    expect(world.platform.size).toBe(before);
    expect(await enrolments.poll(second.credentials)).toMatchObject({ state: 'pending' });
  });

  it('keeps hold of the enrolment for as long as the platform takes', async () => {
    const { world, enrolments, device, approval, goOn } = await hangingApproval();
    for (let n = 0; n < 20; n++) {
      world.clock.advance(20_000);
      await settle();
    }
    expect(await outcomeOf(approve(enrolments, device))).toBe('approval_in_progress');
    goOn();
    expect((await approval).state).toBe('approved');
    expect((await device.redeem(enrolments)).credentials.machineId).toBe((await approval).machineId);
  });

  it('forgets the token of the operator as soon as the device has redeemed', async () => {
    const { world, enrolments, device } = await waiting();
    await approve(enrolments, device);
    expect(await payloadOf(world, device)).toContain("ann's token");
    await device.redeem(enrolments);
    expect(await payloadOf(world, device)).not.toContain('token');
  });
});

describe('taking an approval back', () => {
  it('removes the gateway when the approval is denied, with the token of who approved', async () => {
    const { world, enrolments, device } = await waiting();
    const { machineId } = await approve(enrolments, device);
    expect(world.platform.size).toBeGreaterThan(0);
    const denied = await enrolments.deny({ id: device.begun.id, domainId: 'plant', operator: BOB });
    expect(denied).toMatchObject({ state: 'denied', deniedBy: 'bob', approvedBy: 'ann', undoDue: true });
    await world.tend();
    expect(world.platform.size).toBe(0);
    const view = await enrolments.find({ id: device.begun.id, domainId: 'plant' });
    expect(view).toMatchObject({ undoDue: false, machineId });
    expect(await payloadOf(world, device)).not.toContain('token');
    expect(await outcomeOf(device.redeem(enrolments))).toBe('enrolment_denied');
  });

  it('is nothing to worry about when another process is removing it already', async () => {
    const { world, enrolments, device } = await waiting();
    await approve(enrolments, device);
    const goOn = world.platformWaits();
    await enrolments.deny({ id: device.begun.id, domainId: 'plant', operator: BOB });
    const processes = [await world.process(), await world.process()];
    for (const each of processes) each.enrolments.start();
    await settle();
    goOn();
    await Promise.all(processes.map((each) => each.enrolments.close()));
    expect(world.platform.size).toBe(0);
    expect(world.eventsCalled('trouble')).toEqual([]);
  });

  it('removes it when the device never redeems', async () => {
    const { world, enrolments, device } = await waiting();
    await approve(enrolments, device);
    world.clock.advance(60 * MINUTE);
    await world.tend();
    expect(world.platform.size).toBe(0);
    expect(world.eventsCalled('expired')).toHaveLength(1);
  });

  it('leaves the gateway of a device that has redeemed', async () => {
    const world = new World({ platform: true });
    const { enrolments } = await world.process();
    const { begun } = await enrolled(enrolments);
    const denial = enrolments.deny({ id: begun.id, domainId: 'plant', operator: ANN });
    expect(await outcomeOf(denial)).toBe('enrolment_redeemed');
    world.clock.advance(120 * MINUTE);
    await world.tend();
    expect(world.platform.clients.size).toBe(1);
    expect(await world.valid()).toHaveLength(1);
  });
});
