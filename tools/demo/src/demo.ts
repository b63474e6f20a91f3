import { join } from 'node:path';
import { createProvisionClient } from '@org/provision-sdk';
import { type Cleanup, Desk, type Output } from '@org/harness';
import {
  GATEWAY,
  bootstrap,
  checkCertificate,
  checkContent,
  connectToBroker,
  countsOf,
  provisionAgain,
  provisionGateway,
} from './scenes.js';
import { type EnrolmentReport, enrolmentAct } from './enrolment/act.js';
import { setUpDevice } from './enrolment/enrolling.js';
import { type RevocationFacts, checkRevocation } from './revocation.js';
import { type CertsBackend, type Stage, setTheStage } from './stage.js';
import { type StepReport, type Steps } from './steps.js';
import { inventoryTree } from './tree.js';

/** What the demo did and found; no secrets. */
interface DemoReport {
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
  /** Of the device that was enrolled by code, with the built-in authority. */
  readonly enrolment?: EnrolmentReport;
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
  const settings = await checkContent(steps, stage, fetched);
  const folder = join(stage.folder, 'gateway');
  const certificate = await checkCertificate(steps, folder, fetched, provisioned);
  const revocation =
    certs === 'builtin'
      ? await checkRevocation(steps, { url: app.url, folder, expected: 'good' })
      : undefined;
  if (stage.broker) await connectToBroker(steps, settings, fetched);
  const duplicate = await provisionAgain(steps, stage, provision);

  const inventory = () => emulator.inventory(domain.id);
  const show = () => {
    const tree = inventoryTree(inventory(), { domain, colors: output.colors });
    output.say(`\nMagistrala now holds\n\n${tree}`);
  };
  let enrolment: EnrolmentReport | undefined;
  if (stage.broker) {
    output.say(`\n${output.colors.bold('A device enrols by code, with the agent')}\n`);
    const agent = await steps.run('The agent was set up in an empty folder', async (note) => {
      const agent = await setUpDevice(stage, 'device');
      note("it knows the server's address, and its root by its fingerprint");
      return agent;
    });
    const desk = new Desk({ url: app.url, domainId: domain.id, token: operator.token });
    const enrolling = { steps, output, stage, broker: stage.broker, desk, agent, cleanup };
    enrolment = await enrolmentAct(enrolling, {
      beforeRevocation() {
        show();
        output.say();
      },
    });
  } else show();

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
      mqttUrl: settings.mqttUrl,
    },
    certs,
    certificate,
    ...(revocation && { revocation }),
    ...(enrolment && { enrolment }),
    duplicate,
    calls: provisioned.calls,
    inventory: countsOf(inventory()),
  };
  return { report, stage };
}
