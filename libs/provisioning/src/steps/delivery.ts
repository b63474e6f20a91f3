import { renderContent } from '@org/layout-config/layout';
import { certifiedClients, contentValues } from '../plan/plan.js';
import type { CertificateFiles } from '../platform/platform.js';
import type { RunContext, Step, StepContext } from './step.js';

/**
 * Puts the certificates into the configuration, and into its content where that refers to them. References
 * to certificates of a gateway whose device has a key of its own become "": that key is only on the device.
 */
export const delivery: Step = {
  name: 'delivery',
  applies: (plan) => plan.configuration !== undefined && plan.certificates !== undefined,
  async run(context) {
    const { plan, session, progress, signal } = context;
    const id = progress.configurationId!;
    const content = contentWithCertificates(context);
    const gateway = plan.clients[plan.gateway]!;
    await Promise.all([
      certifiedClients(plan).includes(gateway) &&
        session.storeCertificate(id, filesOf(context, gateway.id), signal),
      content !== undefined && session.updateContent(id, { name: plan.configuration!.name, content }, signal),
    ]);
  },
};

function contentWithCertificates(context: RunContext): string | undefined {
  const { plan, layout } = context;
  if (!layout.content?.usesCertificates) return undefined;
  const certificates = new Map(
    certifiedClients(plan).map((client) => [plan.clients.indexOf(client), filesOf(context, client.id)]),
  );
  return JSON.stringify(renderContent(layout.content, { ...contentValues(plan), certificates }));
}

function filesOf({ progress }: StepContext, clientId: string): CertificateFiles {
  const { certificate, key } = progress.certificates.get(clientId)!;
  return { clientCert: certificate, clientKey: key, caCert: progress.issuerChain! };
}
