import type { Step, StepContext } from './step.js';

const ids = ({ plan }: StepContext) =>
  [plan.clients.map((client) => client.id), plan.channels.map((channel) => channel.id)] as const;

/** Without it the gateway may neither publish nor subscribe. */
export const connections: Step = {
  name: 'connections',
  applies: (plan) => plan.channels.length > 0,
  run: (context) => context.session.connect(...ids(context), context.signal),
  async compensate(context) {
    // Whatever is left of them goes with their clients and channels, which are looked at.
    await context.session.disconnect(...ids(context), context.signal).catch(() => undefined);
    return [];
  },
};
