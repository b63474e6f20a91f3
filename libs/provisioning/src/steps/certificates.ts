import type { Leftover } from '../journal/journal.js';
import { certifiedClients } from '../plan/plan.js';
import { removeAndConfirm, reasonOf } from './remove.js';
import type { Step, StepContext } from './step.js';

/**
 * One certificate per client that is to have one, common name = client id. No probe: the key is in the issuer's answer and
 * nowhere else, so an unanswered issue is a failed one, and its certificate is revoked.
 */
export const certificates: Step = {
  name: 'certificates',
  applies: (plan) => plan.certificates !== undefined,
  async run({ plan, session, progress, signal }) {
    const { ttl } = plan.certificates!;
    // All settle before this fails: what was issued has to be known to whoever removes it.
    const orders = await Promise.allSettled([
      session.issuerChain(signal).then((chain) => (progress.issuerChain = chain)),
      ...certifiedClients(plan).map(async ({ id }) => {
        const issued = await session.issueCertificate({ clientId: id, commonName: id, ttl }, signal);
        progress.certificates.set(id, issued);
      }),
    ]);
    for (const order of orders) if (order.status === 'rejected') throw order.reason;
  },
  async compensate(context) {
    const perClient = await Promise.all(
      certifiedClients(context.plan).map(({ id }) => revokeAll(context, id)),
    );
    return perClient.flat();
  },
};

async function revokeAll({ session, signal }: StepContext, clientId: string): Promise<Leftover[]> {
  const valid = async () => (await session.certificatesOf(clientId, signal)).filter((it) => !it.revoked);
  try {
    const serials = (await valid()).map((it) => it.serial);
    if (serials.length === 0) return [];
    return await removeAndConfirm({
      type: 'certificate',
      ids: serials,
      remove: (serial) => session.revokeCertificate(serial, signal),
      remaining: async () => (await valid()).map((it) => it.serial),
    });
  } catch (error) {
    const reason = `certificates of client ${clientId} could not be listed: ${reasonOf(error)}`;
    return [{ type: 'certificate', id: '', reason }];
  }
}
