import type { Step } from './step.js';

/** Bindings belong to the configuration and go with it. */
export const bindings: Step = {
  name: 'bindings',
  applies: (plan) => (plan.configuration?.bindings.length ?? 0) > 0,
  run: ({ plan, session, progress, signal }) =>
    session.bind(progress.configurationId!, plan.configuration!.bindings, signal),
};
