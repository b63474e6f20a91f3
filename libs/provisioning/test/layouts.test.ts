import { beforeEach, describe, expect, it } from '@jest/globals';
import { EMPTY_JOURNAL, World, dieAt, settle } from './harness.js';

const GATEWAY_SECOND = `
[[clients]]
name = "meter"
[[clients]]
name = "gateway"
[clients.metadata]
external_id = "x"
[[channels]]
name = "readings"
`;

describe('a further layout', () => {
  let world: World;
  beforeEach(() => {
    world = new World({ layouts: { meters: GATEWAY_SECOND } });
  });

  it('is made for who names it, and the main one for everybody else', async () => {
    const process = world.process();
    const named = await process.provision(world.call({ externalId: 'a', layout: 'meters' }));
    expect(named.clients.map(({ view }) => view['name'])).toEqual(['press-7_meter', 'press-7']);
    expect(named.channels.map(({ view }) => view['name'])).toEqual(['press-7_readings']);
    expect(named.gatewayId).toBe(named.clients[1]!.id);
    const main = await process.provision(world.call({ externalId: 'b' }));
    expect(main.clients).toHaveLength(1);
  });

  it('that no one configured is refused before anything is written or asked', async () => {
    const end = world.process().provision(world.call({ layout: 'presses' }));
    await expect(end).rejects.toMatchObject({
      kind: 'invalid',
      code: 'layout_unknown',
      message: 'no layout is called "presses"; there is meters',
      details: { field: 'layout' },
    });
    expect(world.platform.calls).toEqual([]);
    expect(await world.journal.counts()).toEqual(EMPTY_JOURNAL);
  });

  it.each(['connect', 'updateMetadata'] as const)(
    'that is no longer configured: what a run made that died at %s is removed all the same',
    async (operation) => {
      const died = dieAt(world, operation, 'after');
      void world.process().provision(world.call({ layout: 'meters' }));
      await died;
      await settle();
      expect(world.platform.clients.size).toBe(2);
      await world.recover(world.process({ layouts: {} }));
      expect(world.platform.size).toBe(0);
      expect(await world.journal.counts()).toEqual(EMPTY_JOURNAL);
    },
  );

  it('that is no longer configured: a run whose last call happened is still complete', async () => {
    const died = dieAt(world, 'setConfigurationEnabled', 'after', 2);
    void world.process().provision(world.call({ layout: 'meters' }));
    await died;
    await world.recover(world.process({ layouts: {} }));
    expect(world.outcomes).toEqual(['recovered']);
    expect(world.platform.clients.size).toBe(2);
  });

  it('makes a request another one to its idempotency key', async () => {
    const process = world.process();
    const call = world.call({ idempotencyKey: 'order-1', layout: 'meters' });
    const first = await process.provision(call);
    expect(await process.provision(call)).toEqual(first);
    for (const other of [
      { ...call, layout: undefined },
      { ...call, ownKey: true as const },
    ])
      await expect(process.provision(other)).rejects.toMatchObject({ code: 'idempotency_key_reused' });
  });
});

it('an answer that is given again says which client is the gateway', async () => {
  const world = new World({ toml: GATEWAY_SECOND });
  const call = world.call({ idempotencyKey: 'order-1' });
  const first = await world.process().provision(call);
  expect(first.gatewayId).toBe(first.clients[1]!.id);
  expect(await world.process().provision(call)).toEqual(first);
});
