import { Secret } from '@org/domain';
import { createTransport } from '@org/http-client';
import { type ConfigFile, loadConfig } from '@org/layout-config';
import { type Emulator, provisionEnvironment, startEmulator } from '@org/magistrala-emulator';
import { type AuthClient, createMagistrala } from '@org/magistrala-sdk';
import { createBootstrapAdmin } from '@org/bootstrap-client';
import { type PlatformSession, callerToken } from '@org/provisioning';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Server, createLogger, openServer } from '../src/index.js';
import { magistralaCertificates } from '../src/platform/magistrala-certificates.js';
import { magistralaPlatform } from '../src/platform/magistrala.js';

/** An emulator with a domain, its administrator, a stranger, and what talks to them. */
export async function openWorld() {
  const emulator = await startEmulator({ certKey: 'ec' });
  const transport = createTransport({ limits: { readMs: 5_000, writeMs: 5_000, slowMs: 5_000 } });
  const { users, clients, channels, certs } = createMagistrala({ urls: emulator.urls, transport });
  const bootstrap = createBootstrapAdmin({ baseUrl: emulator.urls.bootstrap, transport });
  const certificates = magistralaCertificates(certs);
  const configurationLimit = { run: <T>(work: () => Promise<T>) => work() };
  const services = { clients, channels, bootstrap, configurationLimit, certificates };
  const platform = magistralaPlatform(services);
  const login = async ({ username, password }: { username: string; password: string }) =>
    (await users.issueToken({ username, password: new Secret(password) })).accessToken;

  const owner = emulator.addUser();
  const stranger = emulator.addUser();
  const reader = emulator.addUser();
  const domain = emulator.addDomain();
  emulator.addMember(domain.id, owner.id, 'admin');
  emulator.addMember(domain.id, reader.id, 'reader');
  const tokens = {
    owner: await login(owner),
    stranger: await login(stranger),
    reader: await login(reader),
    admin: await login(emulator.admin),
  };
  const session = (token: Secret, auth?: AuthClient): PlatformSession =>
    magistralaPlatform({ ...services, auth }).open({ domainId: domain.id, token: callerToken(token) });
  return {
    emulator,
    platform,
    users,
    login,
    owner,
    domain,
    tokens,
    session,
    async close() {
      await transport.close();
      await emulator.close();
    },
  };
}

/** For a server that issues certificates itself. */
export const BUILTIN = { MG_PROVISION_CERTS_BACKEND: 'builtin' };

export interface RunningServer {
  readonly server: Server;
  /** All that it logged. */
  readonly log: readonly string[];
  close(): Promise<void>;
}

/** The use cases over an emulator, on a state of their own; without one there is no platform. */
export async function startServer(
  emulator: Emulator | undefined,
  env: Record<string, string> = {},
  file?: ConfigFile,
): Promise<RunningServer> {
  const platform = emulator ? provisionEnvironment(emulator) : { MG_PROVISION_PLATFORM: 'none', ...BUILTIN };
  const folder = mkdtempSync(join(tmpdir(), 'provision-server-'));
  const state = {
    MG_PROVISION_STATE_PATH: join(folder, 'state.db'),
    MG_PROVISION_AUTHORITY_PATH: join(folder, 'authority'),
  };
  const loaded = loadConfig({
    env: { ...platform, ...state, ...env },
    ...(file && { file }),
  });
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
  const log: string[] = [];
  const logger = createLogger('debug', { write: (line) => void log.push(line) });
  const server = await openServer({ config: loaded.config, logger });
  return {
    server,
    log,
    async close() {
      await server.close();
      rmSync(folder, { recursive: true });
    },
  };
}
