import { certifiedClients } from '../plan/plan.js';
import { removeAndConfirm, reasonOf } from './remove.js';
import type { Found, Step, StepContext } from './step.js';

/**
 * One certificate per client that is to have one, common name = client id. No probe: the key is in the issuer's answer and
 * nowhere else, so an unanswered issue is a failed one, and its certificate is revoked.
 */
export const certificates: Step = {
  name: 'certificates',
  applies: (plan) => plan.certificates !== undefined,
  async run({ plan, session, progress, signal }) {
    const { ttl } = plan.certificates!;
    // All settle before this fails: what was issued has to be known to the code that removes it.
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

async function revokeAll(context: StepContext, clientId: string): Promise<Found[]> {
  const { session, signal } = context;
  const listed = async () =>
    (await session.certificatesOf(clientId, signal)).filter((it) => !it.revoked).map(({ serial }) => serial);
  try {
    const unlisted = await unlistedOf(context, clientId);
    const serials = [...(await listed()), ...unlisted.serials];
    if (serials.length === 0) return unlisted.notFound;
    const found = await removeAndConfirm({
      type: 'certificate',
      ids: serials,
      remove: (serial) => session.revokeCertificate(serial, signal),
      remaining: async () =>
        [...(await listed()), ...(await unlistedOf(context, clientId)).serials].map((id) => ({ id })),
    });
    return [...found, ...unlisted.notFound];
  } catch (error) {
    const reason = `certificates of client ${clientId} could not be listed: ${reasonOf(error)}`;
    return [{ type: 'certificate', id: '', reason }];
  }
}

/** What was perhaps issued, and is not listed under its client. Looking for it takes so long that it may never succeed. */
async function unlistedOf(
  { plan, session, progress, signal }: StepContext,
  clientId: string,
): Promise<{ serials: string[]; notFound: Found[] }> {
  if (plan.removes !== undefined || progress.certificates.has(clientId)) return { serials: [], notFound: [] };
  try {
    return { serials: await session.unlistedCertificatesOf(clientId, signal), notFound: [] };
  } catch (error) {
    const reason = `a certificate that client ${clientId} may have been issued could not be searched for: ${reasonOf(error)}`;
    return { serials: [], notFound: [{ type: 'certificate', id: '', reason, unremovable: true }] };
  }
}
