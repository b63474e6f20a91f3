import { describe, expect, it } from '@jest/globals';
import { ProvisionError } from '@org/domain';
import type { ProvisionResult, Provisioner } from '../src/index.js';
import { EMPTY_JOURNAL, World, settle } from './harness.js';

interface Place {
  readonly operation: string;
  readonly when?: 'before' | 'after';
  readonly nth?: number;
}

/** Holds a call up until it is told to go on. */
function holdUp(world: World, { operation, when: wanted = 'before', nth = 1 }: Place) {
  let left = nth;
  const { promise: reached, resolve: reach } = Promise.withResolvers<void>();
  const { promise: told, resolve: goOn } = Promise.withResolvers<void>();
  world.platform.interfere = (called, when) => {
    if (called !== operation || when !== wanted || --left > 0) return undefined;
    world.platform.interfere = () => undefined;
    reach();
    return told;
  };
  return { reached, goOn };
}

/** The journal does not answer this process's calls of the given kind any more. */
function cutOff(world: World, ...calls: ('renew' | 'complete' | 'postpone' | 'forget')[]): () => void {
  const away = new ProvisionError({ kind: 'ambiguous', code: 'database_unavailable', message: 'away' });
  const whole = calls.map((call) => [call, world.journal[call]]);
  for (const call of calls) world.journal[call] = async () => Promise.reject(away);
  return () => void Object.assign(world.journal, Object.fromEntries(whole));
}

/** Another process takes over what those before hold, as they hear nothing of the journal for as long as a lease lasts. */
async function takeOver(world: World): Promise<Provisioner> {
  const back = cutOff(world, 'renew');
  world.clock.advance(15_000);
  await settle();
  back();
  const other = world.process();
  other.start();
  await settle();
  return other;
}

const errorOf = (work: Promise<unknown>): Promise<ProvisionError> =>
  work.then(
    () => {
      throw new Error('it succeeded');
    },
    (error: ProvisionError) => error,
  );

describe('a run whose process hears nothing of the journal for longer than its lease', () => {
  /** Its process hangs in a call while another one takes the run over. */
  async function takenOver(place: Place, idempotencyKey?: string) {
    const world = new World();
    const { reached, goOn } = holdUp(world, place);
    const run = errorOf(world.process().provision(world.call({ idempotencyKey })));
    await reached;
    const other = await takeOver(world);
    return { world, run, goOn, other };
  }

  const end = async (world: World, other: Provisioner) => {
    for (let round = 0; round < 3; round++) {
      world.clock.advance(60_000);
      await settle();
    }
    await other.close(0);
  };

  it.each(['createClients', 'connect', 'createConfiguration', 'updateMetadata'])(
    'asks nothing more of the platform after %s, and answers that its outcome is unknown',
    async (operation) => {
      const { world, run, goOn, other } = await takenOver({ operation });
      const { length } = world.platform.calls;
      goOn();
      expect(await run).toMatchObject({
        kind: 'ambiguous',
        code: 'outcome_unknown',
        message: expect.stringMatching(/may have been created.*another one finishes.*look external id/),
        details: { runId: expect.any(String), retryAfter: 30 },
      });
      expect(world.platform.calls).toHaveLength(length);
      await end(world, other);
      expect(world.platform.size).toBe(0);
      expect(await world.journal.counts()).toEqual(EMPTY_JOURNAL);
      expect(world.outcomes).toEqual(['unknown']);
    },
  );

  it('never answers success, although all was made: that is for the other one to find', async () => {
    const lastCall = { operation: 'setConfigurationEnabled', when: 'after', nth: 2 } as const;
    const { world, run, goOn, other } = await takenOver(lastCall, 'order-1');
    goOn();
    expect(await run).toMatchObject({
      code: 'outcome_unknown',
      message: expect.stringContaining('repeat the request with the same Idempotency-Key'),
    });
    await end(world, other);
    expect(world.outcomes).toEqual(['recovered', 'unknown']);
    const result = await world.process().provision(world.call({ idempotencyKey: 'order-1' }));
    expect([...world.platform.clients.keys()]).toEqual([result.gatewayId]);
  });

  it('goes on when the journal is back in time for it, and no one has taken it over', async () => {
    const world = new World();
    const { reached, goOn } = holdUp(world, { operation: 'connect' });
    const run = world.process().provision(world.call());
    await reached;
    const back = cutOff(world, 'renew');
    world.clock.advance(14_000);
    await settle();
    back();
    world.clock.advance(2_000);
    await settle();
    goOn();
    await expect(run).resolves.toMatchObject({ gatewayId: expect.any(String) });
  });

  it('does not remove either, when it fails: what is left is for the new holder', async () => {
    const { world, run, goOn, other } = await takenOver({ operation: 'connect' });
    world.platform.interfere = (operation) => {
      if (operation === 'connect')
        throw new ProvisionError({ kind: 'forbidden', code: 'forbidden', message: 'no' });
    };
    const { length } = world.platform.calls;
    goOn();
    expect(await run).toMatchObject({ code: 'outcome_unknown' });
    expect(world.platform.calls).toHaveLength(length);
    await end(world, other);
    expect(await world.journal.counts()).toEqual(EMPTY_JOURNAL);
  });
});

describe('a run whose end the journal was not told', () => {
  it.each([
    ['was complete', undefined, /look external id/],
    ['was complete', 'order-1', /same Idempotency-Key/],
  ] as const)('%s (key: %s): the caller is told so, and what to do', async (_, idempotencyKey, message) => {
    const world = new World();
    const back = cutOff(world, 'complete');
    const call = world.call({ idempotencyKey });
    const error = await errorOf(world.process().provision(call));
    expect(error).toMatchObject({ kind: 'ambiguous', code: 'outcome_unknown' });
    expect(error.message).toMatch(message);
    expect(error.message).toContain("the service's database did not answer");
    back();
    await world.recover();
    expect(world.platform.configurations.size).toBe(1);
    expect(world.outcomes).toEqual(['unknown', 'recovered']);
    if (!idempotencyKey) return;
    const result: ProvisionResult = await world.process().provision(call);
    expect([...world.platform.clients.keys()]).toEqual([result.gatewayId]);
  });

  it('had failed: nothing is left of it', async () => {
    const world = new World();
    world.fail('connect', 'before', 'forbidden');
    const back = cutOff(world, 'forget', 'postpone');
    expect(await errorOf(world.process().provision(world.call()))).toMatchObject({ code: 'outcome_unknown' });
    back();
    await world.recover();
    expect(world.platform.size).toBe(0);
    expect(await world.journal.counts()).toEqual(EMPTY_JOURNAL);
  });
});

describe('a removal whose process lost it', () => {
  it('is another’s to finish: the caller is told that it is under way', async () => {
    const world = new World();
    const made = await world.process().provision(world.call());
    const { reached, goOn } = holdUp(world, { operation: 'removeClient' });
    const removal = errorOf(
      world.process().remove({
        domainId: 'plant',
        token: world.call().token,
        externalId: '33:52:77:99:43',
        runId: made.runId,
        clientIds: made.clients.map(({ id }) => id),
        channelIds: made.channels.map(({ id }) => id),
        configurationId: made.configuration?.id,
      }),
    );
    await reached;
    const other = await takeOver(world);
    goOn();
    expect(await removal).toMatchObject({ kind: 'conflict', code: 'removal_under_way' });
    await other.close(0);
    expect(world.platform.size).toBe(0);
    expect(await world.journal.counts()).toEqual(EMPTY_JOURNAL);
  });
});

describe('recovery', () => {
  it('works on several at a time, and a slow one keeps no other waiting', async () => {
    const world = new World();
    const ids = Array.from({ length: 40 }, (_, n) => `gw-${n}`);
    for (const externalId of ids) {
      const { reached } = holdUp(world, { operation: 'connect' });
      void world.process().provision(world.call({ externalId }));
      await reached;
    }
    world.kill();
    world.clock.advance(15_000);
    let slow: (() => void) | undefined;
    world.platform.interfere = (operation, when) =>
      operation === 'removeClient' && when === 'before' && !slow
        ? new Promise((resolve) => (slow = resolve))
        : undefined;
    const next = world.process();
    next.start();
    await settle();
    await settle();
    // All but the one that hangs have been looked at.
    expect(world.platform.clients.size).toBe(1);
    expect(await world.journal.counts()).toMatchObject({ running: 1, settling: 39 });
    slow!();
    await next.close(0);
  });
});
