import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { certificatePem } from '@org/x509';
import { type Server, createLogger, openServer, readConfiguration } from '@org/server';
import { type GrpcApp, type Served, createApp } from '../../src/index.js';

export interface RunningApp {
  /** host:port */
  readonly address: string;
  readonly server: Server;
  /** The authority's root, PEM: what devices trust. */
  readonly root: string;
  /** All that it logged, as text. */
  readonly log: readonly string[];
  /** Of the gRPC app alone. */
  stop(): Promise<void>;
  close(): Promise<void>;
}

/** The app on a free port, over an authority and a state of its own; no platform. */
export async function startApp(
  env: Record<string, string> = {},
  /** Puts something in the place of a use case. */
  change: (server: Server) => Partial<Served> = () => ({}),
): Promise<RunningApp> {
  const folder = mkdtempSync(join(tmpdir(), 'provision-grpc-'));
  const loaded = readConfiguration({
    env: { ...environment(folder), ...env },
    readFile: () => undefined,
  });
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
  const log: string[] = [];
  const logger = createLogger('debug', { destination: { write: (line) => void log.push(line) } });
  const server = await openServer({ config: loaded.config, logger });
  const app: GrpcApp = await createApp({ ...server, ...change(server) });
  const address = await app.listen();
  let stopped: Promise<void> | undefined;
  const stop = () => (stopped ??= app.close());
  return {
    address,
    server,
    root: certificatePem(server.authority!.served().roots[0]!.der),
    log,
    stop,
    async close() {
      await stop();
      await server.close();
      rmSync(folder, { recursive: true });
    },
  };
}

/** The use cases with some of them replaced. */
export const replacing = <T extends object>(target: T, replaced: Partial<T>): T =>
  new Proxy(target, {
    get(_, name) {
      const value: unknown = Reflect.get(name in replaced ? replaced : target, name, target);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });

export const environment = (folder: string) => ({
  MG_PROVISION_PLATFORM: 'none',
  MG_PROVISION_CERTS_BACKEND: 'builtin',
  MG_PROVISION_AUTHORITY_PATH: join(folder, 'authority'),
  MG_PROVISION_STATE_PATH: join(folder, 'state.db'),
  MG_PROVISION_OPERATOR_TOKENS: `ann:${'0'.repeat(64)}`,
  MG_PROVISION_GRPC_HOST: '127.0.0.1',
  MG_PROVISION_GRPC_PORT: '0',
  MG_PROVISION_DRAIN_TIMEOUT: '1s',
});
