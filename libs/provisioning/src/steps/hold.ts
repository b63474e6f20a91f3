import type { Step } from './step.js';

/** Configurations may be live from birth: held back until bindings and certificates are in. */
export const hold: Step = {
  name: 'hold',
  applies: (plan) => plan.configuration !== undefined,
  async run({ session, progress, signal }) {
    await session.setConfigurationEnabled(progress.configurationId!, false, signal);
  },
};
