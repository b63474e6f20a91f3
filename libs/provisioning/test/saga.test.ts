import { beforeEach, describe, expect, it } from '@jest/globals';
import type { Operation } from '../src/testing/index.js';
import type { ProvisionCall, ProvisioningFailed } from '../src/index.js';
import { TWO_CLIENTS, World, failure, hangAt, settle } from './harness.js';

describe('a run that succeeds', () => {
  it('makes what the layout describes, and owes nothing', async () => {
    const world = new World({ settings: { x509: true }, toml: TWO_CLIENTS });
    const result = await world.process().provision(world.call());
    const [gateway, exporter] = result.clients;
    const [control, data] = result.channels;

    expect(gateway!.view).toMatchObject({
      name: 'press-7',
      metadata: {
        type: 'gateway',
        external_id: '33:52:77:99:43',
        ctrl_channel_id: control!.id,
        data_channel_id: data!.id,
        export_channel_id: '',
        cfg_id: result.configuration!.id,
      },
    });
    expect(JSON.stringify(gateway!.view)).not.toContain('k-8f21');
    expect(exporter!.view).toMatchObject({ name: 'press-7_exporter', metadata: {} });
    expect(result.channels.map(({ view }) => view['name'])).toEqual([
      'press-7_control-channel',
      'press-7_data-channel',
    ]);
    expect(result.gatewayId).toBe(gateway!.id);
    expect(world.platform.connections.size).toBe(4);
    const configuration = world.platform.configurations.get(result.configuration!.id)!;
    expect(configuration).toMatchObject({
      enabled: true,
      externalKey: 'k-8f21',
      bindings: [{ slot: 'mqtt', type: 'client', resourceId: gateway!.id }],
      files: { clientKey: gateway!.certificate!.key, caCert: 'issuer chain' },
    });
    expect(result.clients.every(({ certificate }) => certificate)).toBe(true);
    expect(await world.journal.counts()).toEqual({ running: 0, removing: 0, settling: 0, leftovers: 0 });
  });

  it('needs six round trips: nothing starts before what it needs is there, and nothing waits longer', async () => {
    const world = new World({ settings: { x509: true }, toml: TWO_CLIENTS });
    let depth = 0;
    let pending: Promise<void> | undefined;
    // Calls made while a round trip is pending belong to it.
    world.platform.interfere = (_, when) => {
      if (when === 'after') return undefined;
      pending ??= settle().then(() => {
        depth++;
        pending = undefined;
      });
      return pending;
    };
    await world.process().provision(world.call());
    expect(depth).toBe(6);
  });

  it('ends disabled when gateways are not to be enabled', async () => {
    const world = new World({ settings: { configurationEnabled: false } });
    const result = await world.process().provision(world.call());
    expect(world.platform.configurations.get(result.configuration!.id)!.enabled).toBe(false);
    expect(result.configuration!.enabled).toBe(false);
  });

  it('makes no configuration when bootstrap is off', async () => {
    const world = new World({ settings: { bootstrap: false } });
    const result = await world.process().provision(world.call());
    expect(result.configuration).toBeUndefined();
    expect(world.platform.configurations.size).toBe(0);
    expect(result.clients[0]!.view).toMatchObject({ metadata: { external_id: '33:52:77:99:43' } });
  });

  it('gives two gateways of one name each its own configuration', async () => {
    const world = new World();
    const process = world.process();
    await process.provision(world.call({ externalId: 'a' }));
    await expect(process.provision(world.call({ externalId: 'b' }))).resolves.toBeDefined();
  });

  it('keeps 200 gateways made at once apart', async () => {
    const world = new World();
    const process = world.process();
    const ids = Array.from({ length: 200 }, (_, n) => `gw-${n}`);
    const results = await Promise.all(ids.map((externalId) => process.provision(world.call({ externalId }))));
    results.forEach((result, n) => {
      expect(result.clients[0]!.view).toMatchObject({ metadata: { external_id: ids[n] } });
      expect(world.platform.configurations.get(result.configuration!.id)).toMatchObject({
        externalId: ids[n],
      });
    });
  });
});

describe('a duplicate', () => {
  it('is refused before anything is made, naming what exists', async () => {
    const world = new World();
    const process = world.process();
    const first = await process.provision(world.call());
    const before = world.platform.size;
    await expect(process.provision(world.call())).rejects.toMatchObject({
      kind: 'conflict',
      code: 'external_id_exists',
      message: expect.stringContaining(first.configuration!.id),
      details: { existing: { clients: [first.clients[0]!.id] } },
    });
    expect(world.platform.size).toBe(before);
    expect(world.platform.calls.filter((call) => call === 'createClients')).toHaveLength(1);
  });

  it('of what an earlier run left is refused for as long as that is being removed', async () => {
    const world = new World();
    const process = world.process();
    const { configurations } = world.platform;
    world.platform.interfere = (operation, when) => {
      if (operation === 'createConfiguration' && when === 'before') throw failure('ambiguous');
    };
    await expect(process.provision(world.call())).rejects.toMatchObject({ step: 'configuration' });
    world.platform.interfere = () => undefined;
    // The call that no one waits for any more lands now.
    const { configuration } = await process.provision(world.call({ externalId: 'another' }));
    const { externalId } = world.call().request;
    configurations.set('late', { ...configurations.get(configuration!.id)!, id: 'late', externalId });
    await expect(process.provision(world.call())).rejects.toMatchObject({
      kind: 'unavailable',
      code: 'external_id_being_removed',
      details: { retryAfter: 5 },
    });
    await world.recover();
    await expect(process.provision(world.call())).rejects.toMatchObject({ code: 'external_id_exists' });
    configurations.delete('late');
    await expect(process.provision(world.call())).resolves.toMatchObject({
      configuration: expect.anything(),
    });
  });

  it('of what another request is making is refused, naming the run in its own domain only', async () => {
    const world = new World();
    const process = world.process();
    const stuck = hangAt(world, 'createClients', 'before');
    void process.provision(world.call()).catch(() => undefined);
    await stuck;
    const message = async (more: Partial<ProvisionCall>) =>
      process.provision(world.call(more)).catch(({ message: said }: Error) => said);
    expect(await message({})).toMatch(/by another request \(run [0-9a-f-]{36}\)$/);
    expect(await message({ domainId: 'elsewhere' })).toMatch(/by another request$/);
  });

  it('fifty at once: one succeeds, the others conflict, one gateway exists', async () => {
    const world = new World();
    const process = world.process();
    const ends = await Promise.allSettled(Array.from({ length: 50 }, () => process.provision(world.call())));
    const refused = ends.flatMap((end) => (end.status === 'rejected' ? [end.reason.kind] : []));
    expect(refused).toEqual(Array.from({ length: 49 }, () => 'conflict'));
    expect(world.platform.configurations.size).toBe(1);
    expect(world.platform.clients.size).toBe(1);
  });

  it("never touches someone else's configuration of the same external id", async () => {
    const world = new World();
    const foreign = { runId: 'theirs', name: 'n', externalId: '33:52:77:99:43', externalKey: 'k' };
    const session = world.platform.open({ domainId: 'other', token: { token: async () => null as never } });
    // It appears after the look-up, as another service's would.
    world.platform.interfere = async (operation, when) => {
      if (operation !== 'createClients' || when !== 'before') return;
      world.platform.interfere = () => undefined;
      await session.createConfiguration({
        ...foreign,
        content: undefined,
        profileId: undefined,
        renderContext: {},
      });
    };
    await expect(world.process().provision(world.call())).rejects.toMatchObject({
      kind: 'conflict',
      leftovers: [],
    });
    expect([...world.platform.configurations.values()]).toMatchObject([{ runId: 'theirs' }]);
    expect(world.platform.size).toBe(1);
  });
});

describe('a failing call', () => {
  const OPERATIONS: Operation[] = [
    'findConfiguration',
    'createClients',
    'createChannels',
    'connect',
    'createConfiguration',
    'setConfigurationEnabled',
    'bind',
    'issueCertificate',
    'issuerChain',
    'storeCertificate',
    'updateMetadata',
  ];
  const FAULTS = OPERATIONS.flatMap((operation) => [
    [operation, 'before', 'unavailable'] as const,
    [operation, 'before', 'ambiguous'] as const,
    [operation, 'after', 'ambiguous'] as const,
  ]);

  it.each(FAULTS)('%s, %s the work, %s: complete or nothing, at once', async (operation, when, kind) => {
    const world = new World({ settings: { x509: true }, toml: TWO_CLIENTS });
    world.fail(operation, when, kind);
    const end = await world
      .process()
      .provision(world.call())
      .catch((error: ProvisioningFailed) => error);
    if (end instanceof Error) {
      expect(end).toMatchObject({ kind: 'unavailable', leftovers: [] });
      expect(world.platform.size).toBe(0);
      await world.recover();
    } else {
      expect([...world.platform.configurations.values()]).toMatchObject([{ enabled: true }]);
    }
    expect(await world.journal.counts()).toEqual({ running: 0, removing: 0, settling: 0, leftovers: 0 });
  });

  it.each(['createClients', 'createChannels', 'createConfiguration', 'updateMetadata'] as const)(
    '%s that happened without an answer is found and counted as done',
    async (operation) => {
      const world = new World();
      world.fail(operation, 'after', 'ambiguous');
      const result = await world.process().provision(world.call());
      expect(result.clients[0]!.view).toMatchObject({ metadata: { cfg_id: result.configuration!.id } });
      expect(result.channels.every(({ view }) => view['name'])).toBe(true);
    },
  );

  it('says which step, and passes on whether it was permission or outage', async () => {
    const world = new World();
    world.fail('createChannels', 'before', 'forbidden');
    await expect(world.process().provision(world.call())).rejects.toMatchObject({
      kind: 'forbidden',
      step: 'channels',
    });
  });

  it('asks nothing more of a platform that refused everything', async () => {
    const world = new World();
    world.platform.interfere = (operation, when) => {
      if (when === 'before' && operation !== 'findConfiguration') throw failure('forbidden');
    };
    const end = world.process().provision(world.call());
    await expect(end).rejects.toMatchObject({ kind: 'forbidden', leftovers: [] });
    expect(world.platform.calls).toEqual(['findConfiguration', 'createClients', 'createChannels']);
    expect(await world.journal.counts()).toEqual({ running: 0, removing: 0, settling: 0, leftovers: 0 });
  });

  it('removes what lands after everything was removed', async () => {
    const world = new World();
    let late: (() => void) | undefined;
    // The platform answers nothing in time, then does the work anyway.
    world.platform.interfere = (operation, when) => {
      if (operation !== 'createClients' || when !== 'before') return;
      const [plan] = [world.platform];
      late = () => plan.clients.set(lateId, { id: lateId, metadata: {} });
      throw failure('ambiguous');
    };
    let lateId = '';
    const view = world.platform.clients;
    const removed: string[] = [];
    const remove = view.delete.bind(view);
    view.delete = (id) => (removed.push(id), remove(id));
    await expect(world.process().provision(world.call())).rejects.toThrow();
    world.platform.interfere = () => undefined;
    lateId = removed[0]!;
    late!();
    expect(world.platform.size).toBe(1);
    await world.recover();
    expect(world.platform.size).toBe(0);
  });
});

describe('leftovers', () => {
  let world: World;
  const refuse = (...operations: Operation[]) => {
    world.platform.interfere = (operation, when) => {
      if (when === 'before' && operations.includes(operation)) throw failure('unavailable');
    };
  };
  beforeEach(() => {
    world = new World();
  });

  it('are told to the caller, listed with ids, tried again, and gone in the end', async () => {
    refuse('connect', 'removeClient');
    const error = await world
      .process()
      .provision(world.call())
      .catch((it: ProvisioningFailed) => it);
    const [clientId] = world.platform.clients.keys();
    const item = { type: 'client', id: clientId, reason: 'the test said unavailable' };
    expect(error).toMatchObject({ step: 'connections', leftovers: [item] });
    const listed = await world.journal.unfinished({ domainId: 'plant', offset: 0, limit: 10 });
    expect(listed).toMatchObject({
      total: 1,
      runs: [{ externalId: '33:52:77:99:43', items: [item], attempts: 1 }],
    });

    await world.recover();
    expect(world.platform.clients.size).toBe(1);
    refuse();
    await world.recover();
    expect(world.platform.size).toBe(0);
    expect((await world.journal.counts()).leftovers).toBe(0);
  });

  it('are all that was begun when the caller may no longer see the domain', async () => {
    refuse('connect', 'assertMember');
    const error = (await world
      .process()
      .provision(world.call())
      .catch((it: unknown) => it)) as ProvisioningFailed;
    expect(error.leftovers.map(({ type }) => type).sort()).toEqual([
      'channel',
      'channel',
      'client',
      'configuration',
    ]);
  });

  it('include certificates whose serials no one was told', async () => {
    world = new World({ settings: { x509: true } });
    world.platform.interfere = (operation, when) => {
      if (operation === 'issueCertificate' && when === 'after') throw failure('ambiguous');
      if (operation === 'assertMember') throw failure('unavailable');
    };
    const error = (await world
      .process()
      .provision(world.call())
      .catch((it: unknown) => it)) as ProvisioningFailed;
    const [clientId] = world.platform.clients.keys();
    expect(error.leftovers).toContainEqual({
      type: 'certificate',
      id: '',
      reason: `of client ${clientId}: the test said unavailable`,
    });
  });

  it('do not keep the external id from being provisioned again, once its configuration is gone', async () => {
    refuse('connect', 'removeClient');
    const process = world.process();
    await process.provision(world.call()).catch(() => undefined);
    refuse();
    await expect(process.provision(world.call())).resolves.toBeDefined();
    await world.recover();
    expect(world.platform.clients.size).toBe(1);
    expect(world.platform.configurations.size).toBe(1);
  });
});
