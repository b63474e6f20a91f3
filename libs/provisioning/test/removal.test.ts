import { beforeEach, describe, expect, it } from '@jest/globals';
import { Secret } from '@org/domain';
import type { Operation } from '../src/testing/index.js';
import type { ProvisionResult, RemoveCall } from '../src/index.js';
import { EMPTY_JOURNAL, TWO_CLIENTS, World, dieAt, failure, settle } from './harness.js';

const removalOf = (result: ProvisionResult, more: Partial<RemoveCall> = {}): RemoveCall => ({
  domainId: 'plant',
  token: new Secret('caller'),
  externalId: '33:52:77:99:43',
  runId: result.runId,
  clientIds: result.clients.map(({ id }) => id),
  channelIds: result.channels.map(({ id }) => id),
  configurationId: result.configuration?.id,
  ...more,
});

const refuse = (world: World, ...operations: Operation[]) => {
  world.platform.interfere = (operation, when) => {
    if (when === 'before' && operations.includes(operation)) throw failure('unavailable');
  };
};

/** Whose tokens the platform is called with. */
function watchTokens(world: World): string[] {
  const seen: string[] = [];
  const open = world.platform.open.bind(world.platform);
  world.platform.open = (access) => {
    const token = async () => {
      const given = await access.token.token();
      seen.push(given.reveal());
      return given;
    };
    return open({ ...access, token: { token } });
  };
  return seen;
}

describe('removing what a completed run made', () => {
  let world: World;
  let gateway: ProvisionResult;
  const left = () => world.journal.unfinished({ domainId: 'plant', offset: 0, limit: 10 });
  beforeEach(async () => {
    world = new World({ settings: { x509: true }, toml: TWO_CLIENTS });
    gateway = await world.process().provision(world.call());
    world.platform.calls.length = 0;
  });

  it('takes all of it, in order, certificates that the device asked for too, and nothing of other gateways', async () => {
    const other = await world.process().provision(world.call({ externalId: 'other' }));
    const size = world.platform.size;
    world.platform.certificates.set('of-the-device', { clientId: gateway.gatewayId, revoked: false });
    world.platform.calls.length = 0;
    expect(await world.process().remove(removalOf(gateway))).toEqual([]);
    expect(world.platform.size).toBe(size / 2);
    expect([...world.platform.clients.keys()]).toEqual(other.clients.map(({ id }) => id));
    expect(world.platform.certificates.get('of-the-device')!.revoked).toBe(true);
    const order = world.platform.calls.filter((call) => /^(remove|revoke|disconnect|set)/.test(call));
    expect([...new Set(order)]).toEqual([
      'setConfigurationEnabled',
      'removeConfiguration',
      'revokeCertificate',
      'disconnect',
      'removeClient',
      'removeChannel',
    ]);
    expect(await world.journal.counts()).toEqual(EMPTY_JOURNAL);
  });

  it('may be asked for again', async () => {
    await world.process().remove(removalOf(gateway));
    expect(await world.process().remove(removalOf(gateway))).toEqual([]);
    expect(await world.journal.counts()).toEqual(EMPTY_JOURNAL);
  });

  it('is done by one of two who ask at once; the other is told to ask again', async () => {
    const asked = [world.process(), world.process()].map((process) => process.remove(removalOf(gateway)));
    const [one, two] = await Promise.allSettled(asked);
    expect(one).toEqual({ status: 'fulfilled', value: [] });
    expect(two).toMatchObject({
      reason: { kind: 'conflict', code: 'removal_under_way', details: { retryAfter: 2 } },
    });
    expect(world.platform.size).toBe(0);
    expect(await world.process().remove(removalOf(gateway))).toEqual([]);
  });

  it('knows the configuration by its id, whatever became of its mark', async () => {
    const configuration = world.platform.configurations.get(gateway.configuration!.id)!;
    world.platform.configurations.set(configuration.id, { ...configuration, runId: 'edited by hand' });
    expect(await world.process().remove(removalOf(gateway))).toEqual([]);
    expect(world.platform.size).toBe(0);
  });

  it('leaves a newer gateway of the same external id alone, also one that is being made', async () => {
    world.platform.configurations.clear();
    let go: (() => void) | undefined;
    world.platform.interfere = (operation, when) =>
      operation === 'connect' && when === 'before' ? new Promise((resolve) => (go = resolve)) : undefined;
    const making = world.process().provision(world.call());
    while (!go) await settle();
    expect(await world.process().remove(removalOf(gateway))).toEqual([]);
    go();
    const newer = await making;
    expect(await world.process().remove(removalOf(gateway))).toEqual([]);
    expect([...world.platform.clients.keys()]).toEqual(newer.clients.map(({ id }) => id));
    expect([...world.platform.configurations.keys()]).toEqual([newer.configuration!.id]);
    expect([...world.platform.certificates.values()].filter(({ revoked }) => !revoked)).toHaveLength(2);
  });

  it('touches no configuration where the run made none', async () => {
    world.platform.configurations.set('c', { ...[...world.platform.configurations.values()][0]!, id: 'c' });
    world.platform.configurations.delete(gateway.configuration!.id);
    await world.process().remove(removalOf(gateway, { configurationId: undefined }));
    expect([...world.platform.configurations.keys()]).toEqual(['c']);
    expect(world.platform.calls.filter((call) => call.endsWith('Configuration'))).toEqual([]);
  });

  it('changes no answer kept for an idempotency key', async () => {
    const call = world.call({ externalId: 'b', idempotencyKey: 'order-1' });
    const made = await world.process().provision(call);
    await world.process().remove(removalOf(made, { externalId: 'b' }));
    expect(await world.process().provision(call)).toEqual(made);
    expect(world.platform.configurations.size).toBe(1);
  });

  const OPERATIONS: Operation[] = [
    'assertMember',
    'setConfigurationEnabled',
    'removeConfiguration',
    'findConfiguration',
    'certificatesOf',
    'revokeCertificate',
    'disconnect',
    'removeClient',
    'remainingClients',
    'removeChannel',
    'remainingChannels',
  ];
  const DEATHS = OPERATIONS.flatMap((operation) =>
    (['before', 'after'] as const).map((when) => [operation, when] as const),
  );
  it.each(DEATHS)('goes on after a process that died at %s, %s the work', async (operation, when) => {
    const died = dieAt(world, operation, when);
    void world.process().remove(removalOf(gateway));
    await died;
    await settle();
    expect(await world.journal.counts()).toEqual({ ...EMPTY_JOURNAL, removing: 1 });
    const tokens = watchTokens(world);
    await world.recover();
    expect(world.platform.size).toBe(0);
    expect(new Set(tokens)).toEqual(new Set(['caller']));
    expect(await world.journal.counts()).toEqual(EMPTY_JOURNAL);
  });

  it('tells what is left, lists it, and tries again until it is gone', async () => {
    refuse(world, 'removeConfiguration', 'revokeCertificate');
    const leftovers = await world.process().remove(removalOf(gateway));
    expect(leftovers).toContainEqual({
      type: 'configuration',
      id: gateway.configuration!.id,
      reason: 'the test said unavailable',
    });
    expect(leftovers.map(({ type }) => type)).toEqual(['configuration', 'certificate', 'certificate']);
    expect(await left()).toMatchObject({
      total: 1,
      runs: [
        {
          runId: `removal-${gateway.runId}`,
          externalId: '33:52:77:99:43',
          name: '33:52:77:99:43',
          items: leftovers,
          attempts: 1,
        },
      ],
    });
    await world.recover();
    expect(world.platform.size).toBe(3);
    refuse(world);
    await world.recover();
    expect(world.platform.size).toBe(0);
    expect(await world.journal.counts()).toEqual(EMPTY_JOURNAL);
  });

  it('disables the configuration although nothing else can be removed', async () => {
    refuse(world, 'removeConfiguration', 'revokeCertificate', 'disconnect', 'removeClient', 'removeChannel');
    await world.process().remove(removalOf(gateway));
    expect([...world.platform.configurations.values()].map(({ enabled }) => enabled)).toEqual([false]);
  });

  it('is written down although the platform does not answer at all', async () => {
    refuse(world, 'assertMember');
    const leftovers = await world.process().remove(removalOf(gateway));
    expect(leftovers.map(({ type, id }) => [type, id])).toEqual([
      ['configuration', gateway.configuration!.id],
      ['certificate', ''],
      ['certificate', ''],
      ...gateway.clients.map(({ id }) => ['client', id]),
      ...gateway.channels.map(({ id }) => ['channel', id]),
    ]);
    refuse(world);
    await world.recover();
    expect(world.platform.size).toBe(0);
  });

  it('asked for again while something is left, tries at once, with the new token, as the same removal', async () => {
    refuse(world, 'removeClient');
    for (let n = 0; n < 3; n++) await world.process().remove(removalOf(gateway));
    expect(await left()).toMatchObject({ total: 1, runs: [{ attempts: 3 }] });
    const tokens = watchTokens(world);
    await world.process().remove(removalOf(gateway, { token: new Secret('fresh') }));
    expect(new Set(tokens)).toEqual(new Set(['fresh']));
    // Kept for later tries too.
    tokens.length = 0;
    refuse(world);
    await world.recover();
    expect(new Set(tokens)).toEqual(new Set(['fresh']));
    expect(world.platform.size).toBe(0);
  });

  it('needs credentials: without any, nothing is written or asked', async () => {
    const end = world.process().remove(removalOf(gateway, { token: undefined }));
    await expect(end).rejects.toMatchObject({ kind: 'unauthenticated', code: 'missing_credentials' });
    expect(world.platform.calls).toEqual([]);
    expect(await world.journal.counts()).toEqual(EMPTY_JOURNAL);
  });

  it("is done with the service's own credentials where there are some", async () => {
    world = new World({ ownToken: { token: async () => new Secret('own') } });
    gateway = await world.process().provision(world.call());
    const tokens = watchTokens(world);
    expect(await world.process().remove(removalOf(gateway, { token: undefined }))).toEqual([]);
    expect(new Set(tokens)).toEqual(new Set(['own']));
    expect(world.platform.size).toBe(0);
  });

  it('is refused by a process that stops', async () => {
    const process = world.process();
    await process.close(0);
    await expect(process.remove(removalOf(gateway))).rejects.toMatchObject({ code: 'stopping' });
    expect(await world.journal.counts()).toEqual(EMPTY_JOURNAL);
  });

  it('is not called done by a process that stopped just as it was written down; another does it', async () => {
    const process = world.process();
    const beginRemoval = world.journal.beginRemoval.bind(world.journal);
    world.journal.beginRemoval = async (removal) => {
      const begun = await beginRemoval(removal);
      await process.close(0);
      return begun;
    };
    await expect(process.remove(removalOf(gateway))).rejects.toMatchObject({ code: 'stopping' });
    await world.recover();
    expect(world.platform.size).toBe(0);
  });
});
