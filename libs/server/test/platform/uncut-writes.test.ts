import { afterAll, afterEach, beforeAll, expect, it } from '@jest/globals';
import { setTimeout as delay } from 'node:timers/promises';
import { Secret } from '@org/domain';
import { openWorld, startServer } from '../world.js';

let world: Awaited<ReturnType<typeof openWorld>>;
beforeAll(async () => void (world = await openWorld()));
afterEach(() => world.emulator.faults.clear());
afterAll(() => world.close());

const HASTY = { MG_PROVISION_OUTBOUND_WRITE_TIMEOUT: '200ms' };
let count = 0;
const request = () => ({
  externalId: `uncut-${++count}`,
  externalKey: new Secret('key'),
  name: `uncut ${count}`,
});
const provision = ({ server }: Awaited<ReturnType<typeof startServer>>) =>
  server.provisioner.provision({
    domainId: world.domain.id,
    request: request(),
    token: world.tokens.owner,
    idempotencyKey: undefined,
  });
/** Holds the next create in the middle of its work; a connection that is cut then leaves a half-made client. */
const hold = () =>
  world.emulator.faults.add({ operation: 'clients.create_bulk', action: 'hold_during', leaves: 'row' });
const halfMade = () =>
  world.emulator.inventory().clients.filter(({ policies, roles }) => !policies || !roles);
const settled = (work: Promise<unknown>) =>
  work.then(
    () => 'completed',
    () => 'failed',
  );

it('a write that takes longer than its time limit is not cut off', async () => {
  const running = await startServer(world.emulator, HASTY);
  const fault = hold();
  try {
    const ended = settled(provision(running));
    await fault.waitForHit();
    expect(await ended).toBe('failed');
    // Time for a cut connection to be noticed.
    await delay(100);
    expect(halfMade()).toEqual([]);
  } finally {
    fault.release();
    await running.close();
  }
  expect(halfMade()).toEqual([]);
});

it.each([
  ['whose caller waits', {}, 'completed'],
  ['that exceeded its time limit', HASTY, 'failed'],
])('the drain lets a write end %s', async (_, env, outcome) => {
  const running = await startServer(world.emulator, { ...env, MG_PROVISION_DRAIN_TIMEOUT: '30s' });
  const fault = hold();
  const ended = settled(provision(running));
  await fault.waitForHit();
  if (outcome === 'failed') expect(await ended).toBe('failed');
  const closed = running.close();
  await delay(100);
  expect(halfMade()).toEqual([]);
  fault.release();
  expect(await ended).toBe(outcome);
  await closed;
  expect(halfMade()).toEqual([]);
});
