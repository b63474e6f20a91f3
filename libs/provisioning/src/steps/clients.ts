import { areWhole, mayBeHidden, removeAndConfirm } from './remove.js';
import type { Step, StepContext } from './step.js';

const ids = ({ plan }: StepContext) => plan.clients.map((client) => client.id);

export const clients: Step = {
  name: 'clients',
  inOneCall: true,
  applies: () => true,
  async run({ plan, session, progress, signal }) {
    progress.clients = await session.createClients(plan.clients, signal);
  },
  async probe(context) {
    const { plan, session, progress, signal } = context;
    const there = await session.remainingClients({ things: plan.clients, mayBeHidden: false }, signal);
    if (!areWhole(there, plan.clients)) return false;
    progress.clients = await session.viewClients(ids(context), signal);
    return progress.clients.size === plan.clients.length;
  },
  compensate(context) {
    const { plan, session, progress, signal } = context;
    const removed = { things: plan.clients, mayBeHidden: mayBeHidden(progress.clients, context) };
    return removeAndConfirm({
      type: 'client',
      ids: ids(context),
      remove: (id) => session.removeClient(id, signal),
      remaining: () => session.remainingClients(removed, signal),
    });
  },
};
