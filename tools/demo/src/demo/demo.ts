import { createProvisionClient } from '@org/provision-sdk';
import type { Cleanup } from '../support/cleanup.js';
import type { Output } from '../support/output.js';
import {
  GATEWAY,
  bootstrap,
  checkCertificate,
  checkContent,
  countsOf,
  provisionAgain,
  provisionGateway,
} from './scenes.js';
import { type RevocationFacts, checkRevocation } from './revocation.js';
import { type CertsBackend, type Stage, setTheStage } from './stage.js';
import { type StepReport, type Steps } from './steps.js';
import { inventoryTree } from './tree.js';

/** What the demo did and found; no secrets. */
export interface DemoReport {
  readonly ok: true;
  readonly steps: readonly StepReport[];
  readonly domain: { readonly id: string; readonly name: string };
  readonly gateway: {
    readonly externalId: string;
    readonly configurationId: string;
    readonly clients: readonly { readonly id: string; readonly name: string }[];
    readonly channels: readonly { readonly id: string; readonly name: string }[];
    readonly mqttUrl: string | undefined;
  };
  readonly certificate: { readonly subject: string; readonly issuer: string; readonly notAfter: string };
  readonly certs: CertsBackend;
  /** What CRL and OCSP say of it, with the built-in authority. */
  readonly revocation?: RevocationFacts;
  /** What the second request for the same gateway got. */
  readonly duplicate: { readonly status: number; readonly code: string };
  /** Of the one provisioning. */
  readonly calls: { readonly http: number; readonly roundTrips: number };
  /** How many of each exist now. */
  readonly inventory: Readonly<Record<string, number>>;
}

/** @throws StepFailed when a step cannot be done or a check does not hold */
export async function runDemo(
  steps: Steps,
  {
    cleanup,
    output,
    certs,
  }: { readonly cleanup: Cleanup; readonly output: Output; readonly certs: CertsBackend },
): Promise<{ readonly report: DemoReport; readonly stage: Stage }> {
  const stage = await setTheStage(steps, { cleanup, certs });
  const { emulator, app, operator, domain } = stage;
  const provision = createProvisionClient({ baseUrl: app.url, token: operator.token });
  cleanup.defer(() => provision.close());

  const provisioned = await provisionGateway(steps, stage, provision);
  const fetched = await bootstrap(steps, stage);
  const agent = await checkContent(steps, stage, fetched);
  const certificate = await checkCertificate(steps, stage, fetched, provisioned);
  const revocation = certs === 'builtin' ? await checkRevocation(steps, stage) : undefined;
  const duplicate = await provisionAgain(steps, stage, provision);

  const inventory = emulator.inventory(domain.id);
  output.say(`\nMagistrala now holds\n\n${inventoryTree(inventory, { domain, colors: output.colors })}`);
  const named = ({ id, name }: { id: string; name: string }) => ({ id, name });
  const { clients, channels } = provisioned.gateway;
  const report: DemoReport = {
    ok: true,
    steps: steps.done,
    domain: named(domain),
    gateway: {
      externalId: GATEWAY.externalId,
      configurationId: fetched.configId,
      clients: clients.map(named),
      channels: channels.map(named),
      mqttUrl: agent.mqttUrl,
    },
    certs,
    certificate,
    ...(revocation && { revocation }),
    duplicate,
    calls: provisioned.calls,
    inventory: countsOf(inventory),
  };
  return { report, stage };
}
