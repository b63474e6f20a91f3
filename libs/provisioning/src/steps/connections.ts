import type { Step } from './step.js';

/** Without it the gateway may neither publish nor subscribe. Connections go when their clients go. */
export const connections: Step = {
  name: 'connections',
  applies: (plan) => plan.channels.length > 0,
  run: ({ plan, session, signal }) =>
    session.connect(
      plan.clients.map((client) => client.id),
      plan.channels.map((channel) => channel.id),
      signal,
    ),
};
