import { createBootstrapAdmin } from '@org/bootstrap-client';
import { Secret } from '@org/domain';
import { createTransport } from '@org/http-client';
import { type ConfigFile, loadConfig } from '@org/layout-config';
import { type Emulator, provisionEnvironment, startPeopledEmulator } from '@org/magistrala-emulator';
import { createMagistrala } from '@org/magistrala-sdk';
import { magistralaCertificates, magistralaPlatform } from '@org/platform-magistrala';
import { callerToken } from '@org/provisioning';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Server, createLogger, openServer } from '../src/index.js';

/** An emulator with a domain, and people with tokens. */
export async function openWorld() {
  const { emulator, domain, owner, tokens } = await startPeopledEmulator({ certKey: 'ec' });
  const secrets = {
    owner: new Secret(tokens.owner),
    stranger: new Secret(tokens.stranger),
    reader: new Secret(tokens.reader),
    admin: new Secret(tokens.admin),
  };
  const transport = createTransport();
  const { users, clients, channels, certs } = createMagistrala({ urls: emulator.urls, transport });
  const platform = magistralaPlatform({
    clients,
    channels,
    bootstrap: createBootstrapAdmin({ baseUrl: emulator.urls.bootstrap, transport }),
    configurationLimit: { run: (work) => work() },
    certificates: magistralaCertificates(certs),
  });
  return {
    emulator,
    domain,
    owner,
    tokens: secrets,
    users,
    session: (token: Secret) => platform.open({ domainId: domain.id, token: callerToken(token) }),
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
  const logger = createLogger('debug', { destination: { write: (line) => void log.push(line) } });
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
