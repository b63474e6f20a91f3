import type { Step } from './step.js';

/** Last: from here on the gateway may fetch its configuration. */
export const enable: Step = {
  name: 'enable',
  applies: (plan) => plan.configuration?.enabled === true,
  async run({ session, progress, signal }) {
    await session.setConfigurationEnabled(progress.configurationId!, true, signal);
  },
  async probe({ plan, session, signal }) {
    const found = await session.findConfiguration(plan.externalId, signal);
    return found?.runId === plan.runId && found.enabled;
  },
};
