import { ProvisionError } from '@org/domain';
import type { Step } from './step.js';

/** Refuses an external id that the platform has already, before anything is made. */
export const lookUp: Step = {
  name: 'look_up',
  applies: () => true,
  async run({ plan, session, signal }) {
    const { externalId } = plan;
    if (!plan.configuration) {
      const clientIds = await session.findGatewayClients(externalId, signal);
      if (clientIds.length > 0) throw exists(externalId, { clients: clientIds });
      return;
    }
    const configuration = await session.findConfiguration(externalId, signal);
    if (!configuration) return;
    // Only for the message: if it cannot be had, the conflict is no less one.
    const clients = await session.findGatewayClients(externalId, signal).catch(() => []);
    throw exists(externalId, { configuration: configuration.id, name: configuration.name ?? '', clients });
  },
};

function exists(
  externalId: string,
  existing: { configuration?: string; name?: string; clients: string[] },
): ProvisionError {
  const what = [
    existing.configuration && `bootstrap configuration ${existing.configuration}`,
    ...existing.clients.map((id) => `client ${id}`),
  ].filter(Boolean);
  return new ProvisionError({
    kind: 'conflict',
    code: 'external_id_exists',
    message: `external id ${externalId} is provisioned already: ${what.join(', ')}`,
    details: { existing },
  });
}
