import type { Plan } from './plan.js';

/** What a completed run made: ids, as its result told them. */
export interface Made {
  readonly domainId: string;
  readonly externalId: string;
  readonly runId: string;
  readonly clientIds: readonly string[];
  readonly channelIds: readonly string[];
  /** Undefined when the run made none. */
  readonly configurationId: string | undefined;
}

/**
 * A plan that is only ever removed: it says what steps read to compensate, and leaves empty what they need to run.
 * Its own run id follows from the completed run's, whose row the journal may still keep for replays.
 */
export function planRemoval({ domainId, externalId, runId, ...made }: Made): Plan {
  const unnamed = (id: string) => ({ id, name: '', metadata: {} });
  return {
    runId: `removal-${runId}`,
    removes: runId,
    domainId,
    externalId,
    name: externalId,
    clients: made.clientIds.map((id) => ({ ...unnamed(id), secret: '' })),
    channels: made.channelIds.map(unnamed),
    gateway: 0,
    configuration: made.configurationId === undefined ? undefined : existing(made.configurationId),
    // Not only those that the run requested: a device with a key of its own got its certificates after the run.
    certificates: { ttl: '', clientIds: made.clientIds },
  };
}

const existing = (id: string): Plan['configuration'] => ({
  id,
  name: '',
  externalKey: '',
  content: undefined,
  profileId: undefined,
  renderContext: {},
  bindings: [],
  enabled: false,
});
