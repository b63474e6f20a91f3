import { renderContent } from '@org/layout-config';
import { contentValues } from '../plan/plan.js';
import type { CertificateFiles } from '../platform/platform.js';
import type { Step, StepContext } from './step.js';

/** Puts the certificates into the configuration, and into its content where that refers to them. */
export const delivery: Step = {
  name: 'delivery',
  applies: (plan) => plan.configuration !== undefined && plan.certificates !== undefined,
  async run(context) {
    const { plan, session, progress, signal } = context;
    const id = progress.configurationId!;
    const content = contentWithCertificates(context);
    await Promise.all([
      session.storeCertificate(id, filesOf(context, plan.clients[plan.gateway]!.id), signal),
      content !== undefined && session.updateContent(id, { name: plan.configuration!.name, content }, signal),
    ]);
  },
};

function contentWithCertificates(context: StepContext): string | undefined {
  const { plan, layout } = context;
  if (!layout.content?.usesCertificates) return undefined;
  const certificates = new Map(plan.clients.map(({ id }, index) => [index, filesOf(context, id)]));
  return JSON.stringify(renderContent(layout.content, { ...contentValues(plan), certificates }));
}

function filesOf({ progress }: StepContext, clientId: string): CertificateFiles {
  const { certificate, key } = progress.certificates.get(clientId)!;
  return { clientCert: certificate, clientKey: key, caCert: progress.issuerChain! };
}
