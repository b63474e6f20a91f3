import { Secret } from '@org/domain';
import type { NewRemoval, NewRun } from '../journal/journal.js';
import type { Leftover } from '../journal/leftover.js';
import { planRemoval } from '../plan/removal.js';
import type { ProvisionResult } from '../saga/result.js';
import { samplePlan } from './samples.js';

/** Far longer than what passes by itself while a test runs. */
export const LEASE = 3_600_000;
export const SECOND = 1_000;
export const LEFTOVER: Leftover = { type: 'client', id: 'c-1', reason: 'not allowed' };

export const run = (externalId: string, more: Partial<NewRun> & { domainId?: string } = {}): NewRun => ({
  plan: samplePlan({ externalId, domainId: more.domainId ?? 'plant' }),
  callerToken: new Secret('caller-token'),
  idempotency: undefined,
  owner: 'process-1',
  leaseMs: LEASE,
  ...more,
});

export const removal = (runId: string, more: Partial<NewRemoval> = {}): NewRemoval => ({
  plan: planRemoval({
    domainId: 'plant',
    externalId: 'gw-r',
    runId,
    clientIds: ['c-1'],
    channelIds: ['ch-1', 'ch-2'],
    configurationId: 'cfg-1',
  }),
  callerToken: new Secret('caller-token'),
  owner: 'process-1',
  leaseMs: LEASE,
  ...more,
});

/** As a database gives it back. */
export const asJson = (value: object): object => JSON.parse(JSON.stringify(value)) as object;

export const resultFor = ({ plan }: NewRun): ProvisionResult => ({
  runId: plan.runId,
  gatewayId: plan.clients[0]!.id,
  clients: plan.clients.map(({ id, secret }) => ({ id, secret, view: { id } })),
  channels: [],
});
