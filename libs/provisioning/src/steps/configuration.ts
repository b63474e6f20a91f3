import { removeAndConfirm, reasonOf } from './remove.js';
import type { Step, StepContext } from './step.js';

/** The platform chooses this id, so after a lost response it is looked up by external id and run. */
export const configuration: Step = {
  name: 'configuration',
  inOneCall: true,
  applies: (plan) => plan.configuration !== undefined,
  async run({ plan, session, progress, signal }) {
    const { name, externalKey, content, profileId, renderContext } = plan.configuration!;
    progress.configurationId = await session.createConfiguration(
      {
        runId: plan.runId,
        name,
        externalId: plan.externalId,
        externalKey,
        content,
        profileId,
        renderContext,
      },
      signal,
    );
  },
  async probe(context) {
    context.progress.configurationId = await ownConfiguration(context);
    return context.progress.configurationId !== undefined;
  },
  async compensate(context) {
    const { plan, session, progress, signal } = context;
    try {
      const id = progress.configurationId ?? (await ownConfiguration(context));
      if (id === undefined) return [];
      // First of all: whatever fails after this, no gateway fetches it any more.
      await session.setConfigurationEnabled(id, false, signal).catch(() => undefined);
      return await removeAndConfirm({
        type: 'configuration',
        ids: [id],
        remove: () => session.removeConfiguration(id, signal),
        remaining: async () => {
          const found = await session.findConfiguration(plan.externalId, signal);
          return found?.id === id ? [{ id }] : [];
        },
      });
    } catch (error) {
      const reason = `could not be looked up by external id ${plan.externalId}: ${reasonOf(error)}`;
      return [{ type: 'configuration', id: progress.configurationId ?? '', reason }];
    }
  },
};

/** Never someone else's, though it may hold the same external id: only this run's. */
async function ownConfiguration({ plan, session, signal }: StepContext): Promise<string | undefined> {
  const found = await session.findConfiguration(plan.externalId, signal);
  return found?.runId === plan.runId ? found.id : undefined;
}
