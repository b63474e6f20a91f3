import { describe, expect, it } from '@jest/globals';
import { settle } from './support/clock.js';
import { Device } from './support/device.js';
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
    expect(world.eventsCalled('trouble')).toEqual(['sweeping enrolments']);
    out = false;
    world.clock.advance(600_000);
    await settle();
    expect(world.eventsCalled('expired')).toEqual([{ enrolmentId: device.begun.id, domainId: undefined }]);
    await enrolments.close();
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
