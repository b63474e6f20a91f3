import { join } from 'node:path';
import type { Domain } from '@org/magistrala-sdk';
import { type Emulator, provisionEnvironment, startEmulator } from '@org/magistrala-emulator';
import {
  type App,
  type AppName,
  type Cleanup,
  type Operator,
  shippedLayout,
  signIn,
  startApp,
} from '@org/harness';
import { Broker } from './broker/broker.js';
import { issueServerCertificate } from './broker/server-certificate.js';
import type { Steps } from './steps.js';

/** Who issues certificates. */
export type CertsBackend = 'magistrala' | 'builtin';

/** What runs during the demo. */
export interface Stage {
  readonly emulator: Emulator;
  /** The HTTP app. */
  readonly app: App;
  /** The gRPC app, beside it on the same state; only with the built-in authority, which enrolment needs. */
  readonly grpc: App | undefined;
  /** An MQTT broker with a certificate of the built-in authority, which it trusts; undefined without one. */
  readonly broker: Broker | undefined;
  /** Of the broker, as gateways are told. */
  readonly mqttUrl: string;
  readonly operator: Operator;
  readonly domain: Domain;
  /** For files; removed at the end. */
  readonly folder: string;
}

/** Where there is no broker to connect to. */
const MQTT_URL = 'ssl://mq.plant.test:8883';

/** Starts everything, signs in and makes a domain. */
export async function setTheStage(
  steps: Steps,
  { cleanup, certs }: { readonly cleanup: Cleanup; readonly certs: CertsBackend },
): Promise<Stage> {
  const folder = await cleanup.folder();
  const emulator = await steps.run('Started the Magistrala emulator', async (note) => {
    const emulator = await startEmulator();
    cleanup.defer(() => emulator.close());
    note(`${Object.keys(emulator.urls).length - 1} services and gRPC auth on free ports`);
    return emulator;
  });
  const broker = certs === 'builtin' ? await Broker.listen(emulator) : undefined;
  cleanup.defer(() => broker?.close());
  const mqttUrl = broker?.url ?? MQTT_URL;
  const env = {
    ...provisionEnvironment(emulator),
    MG_PROVISION_CONFIG_FILE: shippedLayout('agent'),
    MG_PROVISION_STATE_PATH: join(folder, 'provision.db'),
    MG_PROVISION_X509_PROVISIONING: 'true',
    MG_PROVISION_CERTS_BACKEND: certs,
    MG_PROVISION_AUTHORITY_PATH: join(folder, 'authority'),
    MG_PROVISION_MQTT_URL: mqttUrl,
  };
  const start = (name: AppName, title: string, more: Record<string, string> = {}) =>
    steps.run(title, async (note) => {
      const logFile = join(folder, `${name}.log`);
      const app = await startApp(name, { logFile, env: { ...env, ...more } });
      cleanup.defer(() => app.stop());
      note(`${app.url}, ready`);
      return app;
    });
  const app = await start('http', 'Started Provision: the HTTP app');
  const forDevices = { MG_PROVISION_VERIFICATION_URL: `${app.url}/enrol` };
  const grpc =
    certs === 'builtin'
      ? await start('grpc', 'Started the gRPC app, on the same state', forDevices)
      : undefined;
  if (broker)
    await steps.run('Started an MQTT broker, certified by the authority', async (note) => {
      broker.secure(await issueServerCertificate(env, ['localhost']));
      note(`${mqttUrl}, asks for client certificates`);
    });
  const { username } = emulator.admin;
  const operator = await steps.run(`Signed in to Magistrala as ${username}`, async () => {
    const { users, domains } = emulator.urls;
    const operator = await signIn({ users, domains }, emulator.admin);
    cleanup.defer(() => operator.close());
    return operator;
  });
  const domain = await steps.run('Made a domain', async (note) => {
    const domain = await operator.createDomain('plant-1');
    note(`${domain.name}, ${domain.id}`);
    return domain;
  });
  return { emulator, app, grpc, broker, mqttUrl, operator, domain, folder };
}
