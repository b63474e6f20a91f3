import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { type Emulator, provisionEnvironment, startEmulator } from '@org/magistrala-emulator';
import { type App, type AppName, type Cleanup, shippedLayout, startApp } from '@org/harness';
import { type People, addPeople } from './people.js';
import { request } from './support/http.js';
import { call, openSession } from './support/http2.js';

/** Behind it, `X-Forwarded-For` and `X-Forwarded-Proto` are believed. One of the machine's own addresses. */
export const PROXY = '127.0.0.9';

/** Limits that the attacks reach with few connections and little waiting. */
export const LIMITS = {
  connections: 300,
  connectionsPerAddress: 60,
  firstRequestMs: 4_000,
  requestMs: 6_000,
  idleMs: 6_000,
  pending: 300,
  pendingPerAddress: 50,
  pendingPer56: 80,
  pendingPer48: 120,
} as const;

/** An operation of the HTTP API, as its description has it. */
export interface Operation {
  readonly method: string;
  /** With `{names}`. */
  readonly path: string;
}

/** What is attacked: both apps as they are installed, on one SQLite file, with Magistrala's emulator behind them. */
export interface Stage {
  readonly emulator: Emulator;
  readonly people: People;
  /** The domain that belongs to the owner. */
  readonly domainId: string;
  readonly http: App;
  readonly grpc: App;
  /** For files; removed at the end. */
  readonly folder: string;
  /** Variables of both apps. */
  readonly env: Readonly<Record<string, string>>;
  readonly operations: readonly Operation[];
  /** Apps that run no more, whatever ended them. */
  ended(): readonly AppName[];
  logFile(app: AppName): string;
  /** A path of the API with its names filled in; what is not named is `none`. */
  pathOf(operation: Operation, names?: Readonly<Record<string, string>>): string;
}

export async function openStage(cleanup: Cleanup): Promise<Stage> {
  const folder = await cleanup.folder();
  const emulator = await startEmulator({ certKey: 'ec' });
  cleanup.defer(() => emulator.close());
  const people = await addPeople(emulator);
  const env = environmentOf(emulator, folder);
  const logFile = (name: AppName) => join(folder, `${name}.log`);
  const ended: AppName[] = [];
  const start = async (name: AppName): Promise<App> => {
    const app = await startApp(name, { logFile: logFile(name), env });
    cleanup.defer(() => app.stop());
    void app.exited.then(() => ended.push(name));
    const [url, operations] = [app.url, app.operations].map((each) => each.replace(/\[::1?\]/, '127.0.0.1'));
    return { ...app, url: url!, operations: operations! };
  };
  // One after the other: the first makes the authority.
  const http = await start('http');
  const grpc = await start('grpc');
  await warmUp(http, grpc);
  const { domainId } = people;
  return {
    ...{ emulator, people, domainId, http, grpc, folder, env, logFile },
    ended: () => ended,
    operations: await operationsOf(http),
    pathOf: ({ path }, names = {}) =>
      path.replaceAll(
        /\{(\w+)\}/g,
        (_, name: string) => names[name] ?? (name === 'domainID' ? domainId : 'none'),
      ),
  };
}

/** Whether this machine has the IPv6 loopback address. */
export const hasIpv6 = (): boolean =>
  Object.values(networkInterfaces()).some((all) => all?.some(({ address }) => address === '::1'));

const environmentOf = (emulator: Emulator, folder: string): Record<string, string> => ({
  ...provisionEnvironment(emulator),
  // Where there is IPv6, everybody is reached by both, and IPv4 callers show as mapped addresses.
  ...(hasIpv6() && { MG_PROVISION_HTTP_HOST: '::' }),
  MG_PROVISION_CONFIG_FILE: shippedLayout('agent'),
  MG_PROVISION_STATE_PATH: join(folder, 'state.db'),
  MG_PROVISION_AUTHORITY_PATH: join(folder, 'authority'),
  MG_PROVISION_CERTS_BACKEND: 'builtin',
  MG_PROVISION_X509_PROVISIONING: 'true',
  // Whatever may be logged is to be seen.
  MG_PROVISION_LOG_LEVEL: 'debug',
  MG_PROVISION_LEGACY_DEVICES: 'true',
  MG_PROVISION_MQTT_URL: 'ssl://mq.plant.test:8883',
  MG_PROVISION_TRUSTED_PROXIES: PROXY,
  MG_PROVISION_MAX_CONNECTIONS: String(LIMITS.connections),
  MG_PROVISION_MAX_CONNECTIONS_PER_ADDRESS: String(LIMITS.connectionsPerAddress),
  MG_PROVISION_MAX_PENDING: String(LIMITS.pending),
  MG_PROVISION_MAX_PENDING_PER_ADDRESS: String(LIMITS.pendingPerAddress),
  MG_PROVISION_MAX_PENDING_PER_56: String(LIMITS.pendingPer56),
  MG_PROVISION_MAX_PENDING_PER_48: String(LIMITS.pendingPer48),
  MG_PROVISION_FIRST_REQUEST_TIMEOUT: `${LIMITS.firstRequestMs}ms`,
  MG_PROVISION_REQUEST_TIMEOUT: `${LIMITS.requestMs}ms`,
  MG_PROVISION_IDLE_TIMEOUT: `${LIMITS.idleMs}ms`,
});

const WARM_UP = 300;

/** Code that runs for the first time takes many times as long, which says nothing about attacks. */
async function warmUp(http: App, grpc: App): Promise<void> {
  const session = await openSession(grpc);
  const path = '/provision.v1.EnrolmentService/GetTrustAnchors';
  for (let n = 0; n < WARM_UP; n += 1) {
    await request(`${http.url}/health`);
    await call(session, { path, message: Buffer.alloc(0) });
  }
  session.close();
}

async function operationsOf({ url }: App): Promise<Operation[]> {
  const { paths } = JSON.parse((await request(`${url}/openapi.json`)).text) as {
    readonly paths: Readonly<Record<string, object>>;
  };
  return Object.entries(paths).flatMap(([path, operations]) =>
    Object.keys(operations).map((method) => ({ method: method.toUpperCase(), path })),
  );
}
