import { describe, expect, it } from '@jest/globals';
import { Secret } from '@org/domain';
import type { Operation } from '../src/testing/index.js';
import { removalDelay } from '../src/saga/backoff.js';
import { EMPTY_JOURNAL, TWO_CLIENTS, World, dieAt, failure, hangAt, settle } from './harness.js';

const OPERATIONS: Operation[] = [
  'findConfiguration',
  'createClients',
  'createChannels',
  'connect',
  'createConfiguration',
  'setConfigurationEnabled',
  'issueCertificate',
  'storeCertificate',
  'updateMetadata',
];
const DEATHS = [false, true]
  .flatMap((x509) =>
    OPERATIONS.flatMap((operation) =>
      (['before', 'after'] as const).map((when) => [operation, when, x509] as const),
    ),
  )
  .filter(([operation, , x509]) => x509 || !/Certificate$/.test(operation));

describe('a process that dies', () => {
  it.each(DEATHS)(
    'at %s, %s the work (certificates: %s): the next one leaves nothing',
    async (operation, when, x509) => {
      const world = new World({ settings: { x509 } });
      const died = dieAt(world, operation, when);
      void world.process().provision(world.call());
      await died;
      await settle();
      await world.recover();
      expect(world.platform.size).toBe(0);
      expect(await world.journal.counts()).toEqual(EMPTY_JOURNAL);
    },
  );

  it.each([false, true])(
    'after the last call (certificates: %s): the next one finds the gateway complete',
    async (x509) => {
      const world = new World({ settings: { x509 } });
      const died = dieAt(world, 'setConfigurationEnabled', 'after', 2);
      const call = world.call({ idempotencyKey: 'order-1' });
      void world.process().provision(call);
      await died;
      const before = world.platform.size;
      await world.recover();
      expect(world.platform.size).toBe(before);
      expect(world.outcomes).toContain('recovered');

      const [client] = world.platform.clients.keys();
      const result = await world.process().provision(call);
      expect(result.clients[0]).toMatchObject({
        id: client,
        view: { metadata: { cfg_id: result.configuration!.id } },
      });
      if (x509) expect(result.clients[0]!.certificate!.key).toMatch(/^key /);
    },
  );

  it.each(['clients', 'channels'] as const)(
    'after the last call, when a part of it can never be removed (%s): the gateway does not count as complete',
    async (kind) => {
      const world = new World();
      const died = dieAt(world, 'setConfigurationEnabled', 'after', 2);
      void world.process().provision(world.call());
      await died;
      for (const id of world.platform[kind].keys()) world.platform.unremovable.set(id, 'shown');
      await world.recover();
      expect(world.outcomes).not.toContain('recovered');
      expect(world.platform.configurations.size).toBe(0);
      expect(world.reported.length).toBeGreaterThan(0);
    },
  );

  it("after the last call, when another client's key was in its answers only: the next one leaves nothing", async () => {
    const world = new World({ toml: TWO_CLIENTS, settings: { x509: true } });
    const died = dieAt(world, 'setConfigurationEnabled', 'after', 2);
    void world.process().provision(world.call());
    await died;
    await world.recover();
    expect(world.outcomes).toEqual([]);
    expect(world.platform.size).toBe(0);
  });

  it('leaves nothing although its last call lands after the removal', async () => {
    const world = new World();
    const died = dieAt(world, 'createClients', 'before');
    void world.process().provision(world.call());
    await died;
    const removed: string[] = [];
    const remove = world.platform.clients.delete.bind(world.platform.clients);
    world.platform.clients.delete = (id) => (removed.push(id), remove(id));
    const next = world.process();
    next.start();
    await settle();
    world.clock.advance(20_000);
    await settle();
    const [late] = removed;
    world.platform.clients.set(late!, { id: late!, metadata: {} });
    await next.close(0);
    await world.recover();
    expect(world.platform.size).toBe(0);
  });

  it('is left alone while it lives', async () => {
    const world = new World();
    let go: (() => void) | undefined;
    world.platform.interfere = (operation, when) =>
      operation === 'connect' && when === 'before' ? new Promise((resolve) => (go = resolve)) : undefined;
    const work = world.process().provision(world.call());
    while (!go) await settle();
    const other = world.process();
    other.start();
    await settle();
    go();
    await expect(work).resolves.toBeDefined();
    await other.close(0);
  });

  it("is cleaned up after with the service's own credentials where there are some", async () => {
    let asked = 0;
    const ownToken = { token: async () => (asked++, new Secret('own')) };
    const world = new World({ ownToken });
    const died = dieAt(world, 'connect', 'before');
    void world.process().provision(world.call());
    await died;
    expect(asked).toBe(0);
    await world.recover();
    expect(asked).toBeGreaterThan(0);
    expect(world.platform.size).toBe(0);
  });
});

describe('stopping', () => {
  it('lets runs end, refuses new ones, and leaves the rest to the next process at once', async () => {
    const world = new World();
    const process = world.process();
    let go: (() => void) | undefined;
    world.platform.interfere = (operation, when) =>
      operation === 'connect' && when === 'before' ? new Promise((resolve) => (go = resolve)) : undefined;
    const work = process.provision(world.call());
    while (!go) await settle();
    const closed = process.close(5_000);
    await expect(process.provision(world.call({ externalId: 'b' }))).rejects.toMatchObject({
      kind: 'unavailable',
    });
    go();
    await expect(work).resolves.toBeDefined();
    await closed;
  });

  it('does not wait longer than told', async () => {
    const world = new World();
    const process = world.process();
    const hangs = hangAt(world, 'connect', 'before');
    void process.provision(world.call());
    await hangs;
    const closed = process.close(5_000);
    await settle();
    world.clock.advance(5_000);
    await settle();
    world.clock.advance(1_000);
    await closed;
    // Ended, not timed out: claimed without waiting for the lease.
    expect(await world.journal.claim({ owner: 'next', leaseMs: 1, limit: 9 })).toHaveLength(1);
  });

  it('requests nothing more in the last quarter of that time, so that what was requested is answered', async () => {
    const world = new World();
    const process = world.process();
    let answer: (() => void) | undefined;
    world.platform.interfere = (operation, when) =>
      operation === 'connect' && when === 'after' ? new Promise((resolve) => (answer = resolve)) : undefined;
    const work = process.provision(world.call());
    while (!answer) await settle();
    const closed = process.close(4_000);
    await settle();
    world.clock.advance(3_000);
    await settle();
    const asked = world.platform.calls.length;
    answer();
    await expect(work).rejects.toMatchObject({ kind: 'unavailable', leftovers: expect.anything() });
    await closed;
    expect(world.platform.calls).toHaveLength(asked);
    await world.recover();
    expect(world.platform.size).toBe(0);
    expect(await world.journal.counts()).toEqual(EMPTY_JOURNAL);
  });

  it('ends although the journal is away, and says so', async () => {
    const world = new World();
    const process = world.process();
    const hangs = hangAt(world, 'connect', 'before');
    void process.provision(world.call());
    await hangs;
    world.journal.end = async () => Promise.reject(failure('ambiguous'));
    const closed = process.close(0);
    await settle();
    world.clock.advance(0);
    await settle();
    world.clock.advance(1_000);
    await closed;
    expect(world.troubles).toEqual(['lease renewal of runs']);
  });
});

describe('an idempotency key', () => {
  it('gives the same answer and makes nothing twice', async () => {
    const world = new World({ settings: { x509: true } });
    const process = world.process();
    const call = world.call({ idempotencyKey: 'order-7' });
    const first = await process.provision(call);
    const size = world.platform.size;
    expect(await process.provision(call)).toEqual(first);
    expect(world.platform.size).toBe(size);
  });

  it('is refused with another body, and while it is under way', async () => {
    const world = new World();
    const process = world.process();
    const call = world.call({ idempotencyKey: 'order-7' });
    const [first, second] = await Promise.allSettled([process.provision(call), process.provision(call)]);
    expect(first.status).toBe('fulfilled');
    expect(second).toMatchObject({
      reason: { code: 'idempotency_key_in_progress', details: { retryAfter: 2 } },
    });
    const other = world.call({ idempotencyKey: 'order-7', externalId: 'other' });
    await expect(process.provision(other)).rejects.toMatchObject({ code: 'idempotency_key_reused' });
  });

  it('gives its answer only to those who may change its gateway', async () => {
    const world = new World();
    const process = world.process();
    const call = world.call({ idempotencyKey: 'order-7' });
    await process.provision(call);
    world.platform.interfere = (operation) => {
      if (operation === 'assertMayUpdate')
        throw Object.assign(new Error('no'), { kind: 'forbidden', code: 'no' });
    };
    await expect(process.provision(call)).rejects.toMatchObject({ kind: 'forbidden' });
  });
});

describe('removalDelay', () => {
  it('doubles from a second to five minutes, half of it by chance', () => {
    expect([1, 2, 3, 9, 30].map((attempt) => removalDelay(attempt, 0))).toEqual([
      500, 1000, 2000, 128_000, 150_000,
    ]);
    expect(removalDelay(30, 0.999)).toBeLessThan(300_000);
  });
});
