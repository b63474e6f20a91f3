import { areWhole, mayBeHidden, removeAndConfirm } from './remove.js';
import type { Step, StepContext } from './step.js';

const ids = ({ plan }: StepContext) => plan.channels.map((channel) => channel.id);

export const channels: Step = {
  name: 'channels',
  inOneCall: true,
  applies: (plan) => plan.channels.length > 0,
  async run({ plan, session, progress, signal }) {
    progress.channels = await session.createChannels(plan.channels, signal);
  },
  async probe(context) {
    const { plan, session, progress, signal } = context;
    const there = await session.remainingChannels({ things: plan.channels, mayBeHidden: false }, signal);
    if (!areWhole(there, plan.channels)) return false;
    progress.channels = await session.viewChannels(ids(context), signal);
    return progress.channels.size === plan.channels.length;
  },
  compensate(context) {
    const { plan, session, progress, signal } = context;
    const removed = { things: plan.channels, mayBeHidden: mayBeHidden(progress.channels, context) };
    return removeAndConfirm({
      type: 'channel',
      ids: ids(context),
      remove: (id) => session.removeChannel(id, signal),
      remaining: () => session.remainingChannels(removed, signal),
    });
  },
};
