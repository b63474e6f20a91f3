import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import {
  type App,
  type Cleanup,
  type Operator,
  postMapping,
  shippedLayout,
  signIn,
  startApp,
} from '@org/harness';
import { type EmulatorProcess, startEmulatorProcess } from './emulator-process.js';

/** What is measured: an app of its own against an emulator of its own. */
export interface Bench {
  readonly emulator: EmulatorProcess;
  readonly app: App;
  readonly operator: Operator;
  /** Provisions a new gateway in a domain. Throws unless it is answered 201. */
  provision(domainId: string): Promise<void>;
}

export interface BenchSetup {
  readonly x509: boolean;
  readonly cleanup: Cleanup;
  /** Options of node for the app: `--cpu-prof` and its like. */
  readonly nodeOptions?: readonly string[];
}

export async function openBench({ x509, cleanup, nodeOptions = [] }: BenchSetup): Promise<Bench> {
  const folder = await cleanup.folder();
  const emulator = await startEmulatorProcess(join(folder, 'emulator.log'));
  cleanup.defer(() => emulator.stop());
  const app = await startApp('http', {
    logFile: join(folder, 'app.log'),
    nodeOptions,
    env: {
      ...emulator.environment,
      MG_PROVISION_CONFIG_FILE: shippedLayout('agent'),
      MG_PROVISION_STATE_PATH: join(folder, 'state.db'),
      MG_PROVISION_X509_PROVISIONING: String(x509),
      MG_PROVISION_MQTT_URL: 'ssl://mq.plant.test:8883',
    },
  });
  cleanup.defer(() => app.stop());
  const operator = await signIn(emulator.urls, emulator.admin);
  cleanup.defer(() => operator.close());
  const provision = async (domainId: string) => {
    const request = { url: app.url, domainId, token: operator.token, externalId: randomUUID() };
    const { status, body } = await postMapping(request);
    if (status !== 201) throw new Error(`a provisioning was answered ${status}: ${JSON.stringify(body)}`);
  };
  return { emulator, app, operator, provision };
}
