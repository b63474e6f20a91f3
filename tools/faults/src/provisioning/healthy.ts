import { randomUUID } from 'node:crypto';
import type { CallRecord } from '@org/magistrala-emulator';
import type { Healthy } from './judge.js';
import type { Lane } from './lane.js';
import type { Scenario } from './scenario.js';
import { type Things, portrait, since } from './things.js';

/** An outbound call of a provisioning: the n-th of its operation. */
export interface Target {
  /** Such as `clients.create_bulk`. */
  readonly operation: string;
  readonly nth: number;
}

/** More than anything under way needs. */
export const DRAIN = '10s';

export const newExternalId = (): string => `gw-${randomUUID().slice(0, 13)}`;

/** Provisions once with nothing wrong: what a gateway is, and which calls make one. */
export async function provisionHealthy(
  lane: Lane,
): Promise<{ healthy: Healthy; targets: readonly Target[] }> {
  await lane.run(DRAIN);
  const externalId = newExternalId();
  const before = lane.things();
  lane.emulator.clearCalls();
  const answer = await lane.call(externalId).answer;
  if (answer?.status !== 201)
    throw new Error(`without any fault: ${JSON.stringify(answer)}\n${await lane.log()}`);
  const things = since(before, lane.things());
  assertWhole(things, lane.scenario);
  const targets = targetsOf(lane.emulator.calls());
  return { healthy: { things, portrait: portrait(things, externalId) }, targets };
}

/** Of calls that went well: one that a stale check refused is made again, and the next gateway may not need that. */
export function targetsOf(calls: readonly Pick<CallRecord, 'operation' | 'status'>[]): readonly Target[] {
  const seen = new Map<string, number>();
  const done = calls.filter(({ status }) => status !== null && status < 400);
  return done.map(({ operation }) => {
    const nth = (seen.get(operation) ?? 0) + 1;
    seen.set(operation, nth);
    return { operation, nth };
  });
}

/** Everything else is compared with this one, so it must have all that a gateway needs. */
function assertWhole(things: Things, { x509, bindings }: Scenario): void {
  const { clients, channels, connections, configs, certificates } = things;
  const [config] = configs;
  const whole =
    configs.length === 1 &&
    config?.status === 'enabled' &&
    (config.client_key !== '') === x509 &&
    clients.some(({ metadata }) => metadata['cfg_id'] === config.id) &&
    connections.length === 2 * clients.length * channels.length &&
    certificates.length === (x509 ? clients.length : 0) &&
    things.bindings.length > 0 === bindings;
  if (!whole) throw new Error(`without any fault, a gateway is not whole: ${JSON.stringify(things)}`);
}
