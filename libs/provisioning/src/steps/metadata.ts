import { finalMetadata } from '../plan/plan.js';
import type { Step } from './step.js';

/** Tells the gateway's client which configuration is its own; the last write but one. */
export const metadata: Step = {
  name: 'metadata',
  applies: (plan) => plan.configuration !== undefined,
  async run({ plan, session, progress, signal }) {
    const gateway = plan.clients[plan.gateway]!;
    const view = await session.updateMetadata(
      gateway,
      finalMetadata(plan, progress.configurationId!),
      signal,
    );
    progress.clients.set(gateway.id, view);
  },
  async probe({ plan, session, progress, signal }) {
    const { id } = plan.clients[plan.gateway]!;
    const view = (await session.viewClients([id], signal)).get(id);
    const written = view?.['metadata'] as { cfg_id?: unknown } | undefined;
    if (view === undefined || written?.cfg_id !== progress.configurationId) return false;
    progress.clients.set(id, view);
    return true;
  },
};
