import { describe, expect, it } from '@jest/globals';
import { settle } from './support/clock.js';
import { Device, enrolled } from './support/device.js';
import { World } from './support/world.js';

describe('upkeep', () => {
  it('goes on although the stores fail, and says so', async () => {
    const world = new World();
    const codes = Object.create(world.stores.codes) as typeof world.stores.codes;
    let out = true;
    codes.due = async (...args) => {
      if (out) throw new Error('the database is out of order');
      return world.stores.codes.due(...args);
    };
    for (const name of [
      'stalledApprovals',
      'undoDue',
      'purge',
      'purgeAttempts',
      'purgeAsks',
      'findById',
      'replace',
    ])
      Reflect.set(codes, name, Reflect.get(world.stores.codes, name).bind(world.stores.codes));
    const { enrolments } = await world.process({ ...world.outside, codes });
    const device = await new Device().begin((await world.process()).enrolments);
    enrolments.start();
    await settle();
    expect(world.eventsCalled('trouble')).toEqual(['sweep of enrolments']);
    out = false;
    world.clock.advance(600_000);
    await settle();
    expect(world.eventsCalled('expired')).toEqual([{ enrolmentId: device.begun.id, domainId: undefined }]);
    await enrolments.close();
  });

  it('gets to what comes after fifty that fail every time', async () => {
    // The service has no credentials of its own, so what is to be removed waits for an operator.
    const world = new World({ platform: true });
    const { enrolments } = await world.process();
    const revokedAt = world.clock.now() - 600_000;
    const due = { version: 2, state: 'revoked', removalDue: true } as const;
    for (let n = 0; n <= 50; n++) {
      const { identity } = await enrolled(enrolments);
      const machine = (await world.stores.machines.find(identity.credentials.machineId))!;
      const revocation = { by: 'ann', at: revokedAt + n, reason: 'unspecified' } as const;
      // Nothing is left of the last one's gateway.
      const gateway = n < 50 ? machine.gateway : undefined;
      await world.stores.machines.replace({ ...machine, ...due, revocation, gateway });
    }
    await world.tend(15_000);
    expect(await world.stores.machines.removalDue(100)).toHaveLength(50);
  });

  it('leaves what failed alone for a minute, and then tries again', async () => {
    const world = new World({ platform: true });
    const { enrolments } = await world.process();
    const { identity } = await enrolled(enrolments);
    const machine = (await world.stores.machines.find(identity.credentials.machineId))!;
    const revocation = { by: 'ann', at: 1, reason: 'unspecified' } as const;
    const due = { version: 2, state: 'revoked', removalDue: true, revocation } as const;
    await world.stores.machines.replace({ ...machine, ...due });
    await world.tend(45_000);
    expect(world.eventsCalled('trouble')).toHaveLength(1);
    await world.tend(75_000);
    expect(world.eventsCalled('trouble')).toHaveLength(1 + 2);
  });

  it('waits for what is under way when it is closed, and can be closed unstarted', async () => {
    const world = new World();
    const idle = await world.process();
    await idle.enrolments.close();

    let goOn = (): void => undefined;
    const machines = world.stores.machines;
    const removalDue = machines.removalDue.bind(machines);
    machines.removalDue = async (limit) => {
      await new Promise<void>((resolve) => (goOn = resolve));
      return removalDue(limit);
    };
    const { enrolments } = await world.process();
    enrolments.start();
    await settle();
    let closed = false;
    const closing = enrolments.close().then(() => (closed = true));
    await settle();
    expect(closed).toBe(false);
    goOn();
    await closing;
    expect(world.eventsCalled('trouble')).toEqual([]);
  });
});
