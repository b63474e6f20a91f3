import { join } from 'node:path';
import type { Domain } from '@org/magistrala-sdk';
import { type Emulator, provisionEnvironment, startEmulator } from '@org/magistrala-emulator';
import { type App, shippedLayout, startApp } from '../support/app.js';
import type { Cleanup } from '../support/cleanup.js';
import { type Operator, signIn } from '../support/operator.js';
import type { Steps } from './steps.js';

/** Who issues certificates. */
export type CertsBackend = 'magistrala' | 'builtin';

/** What runs during the demo. */
export interface Stage {
  readonly emulator: Emulator;
  readonly app: App;
  readonly operator: Operator;
  readonly domain: Domain;
  /** For files; removed at the end. */
  readonly folder: string;
}

export const MQTT_URL = 'ssl://mq.plant.test:8883';

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
  const app = await steps.run('Started Provision, as a process of its own', async (note) => {
    const app = await startApp({
      logFile: join(folder, 'provision.log'),
      env: {
        ...provisionEnvironment(emulator),
        MG_PROVISION_CONFIG_FILE: shippedLayout('agent'),
        MG_PROVISION_STATE_PATH: join(folder, 'provision.db'),
        MG_PROVISION_X509_PROVISIONING: 'true',
        MG_PROVISION_CERTS_BACKEND: certs,
        MG_PROVISION_AUTHORITY_PATH: join(folder, 'authority'),
        MG_PROVISION_MQTT_URL: MQTT_URL,
      },
    });
    cleanup.defer(() => app.stop());
    note(`${app.url}, ready`);
    return app;
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
  return { emulator, app, operator, domain, folder };
}
