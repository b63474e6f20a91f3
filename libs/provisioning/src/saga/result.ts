import type { JsonObject } from '@org/domain';
import type { StepContext } from '../steps/step.js';

/** What one provisioning made. Plain JSON: it is also what a repeated idempotency key gets again. */
export interface ProvisionResult {
  readonly runId: string;
  /** Id of the client that bootstraps. */
  readonly gatewayId: string;
  readonly clients: readonly {
    readonly id: string;
    /** As the platform shows it, final metadata included. */
    readonly view: JsonObject;
    readonly secret: string;
    /** PEM, when certificates were issued. */
    readonly certificate?: { readonly serial: string; readonly certificate: string; readonly key: string };
  }[];
  readonly channels: readonly { readonly id: string; readonly view: JsonObject }[];
  /** Undefined when bootstrap provisioning is off. */
  readonly configuration?: { readonly id: string; readonly clientId: string; readonly enabled: boolean };
  /** PEM chain of the certificates' issuer, when certificates were issued. */
  readonly issuerChain?: string;
}

/** The result of a run whose steps are all done. */
export function resultOf({ plan, progress }: Pick<StepContext, 'plan' | 'progress'>): ProvisionResult {
  const configurationId = progress.configurationId;
  const gatewayId = plan.clients[plan.gateway]!.id;
  return {
    runId: plan.runId,
    gatewayId,
    clients: plan.clients.map(({ id, secret }) => {
      const certificate = progress.certificates.get(id);
      return { id, secret, view: progress.clients.get(id) ?? {}, ...(certificate && { certificate }) };
    }),
    channels: plan.channels.map(({ id }) => ({ id, view: progress.channels.get(id) ?? {} })),
    ...(plan.configuration &&
      configurationId && {
        configuration: {
          id: configurationId,
          clientId: gatewayId,
          enabled: plan.configuration.enabled,
        },
      }),
    ...(progress.issuerChain && { issuerChain: progress.issuerChain }),
  };
}
