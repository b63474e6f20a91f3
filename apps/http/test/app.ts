import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type Emulator,
  type PeopledEmulator,
  provisionEnvironment,
  startPeopledEmulator,
} from '@org/magistrala-emulator';
import { type Server, createLogger, openServer, readConfiguration } from '@org/server';
import { createApp } from '../src/index.js';
import { assertDescribed, describedBy } from './described.js';

export interface RunningApp {
  readonly url: string;
  readonly server: Server;
  /** All that it logged, as text. */
  readonly log: readonly string[];
  close(): Promise<void>;
}

/** The app on a free port over an emulator, or without a platform; with a state of its own. */
export async function startApp(
  emulator: Emulator | undefined,
  env: Record<string, string> = {},
  toml?: string,
): Promise<RunningApp> {
  const folder = mkdtempSync(join(tmpdir(), 'provision-http-'));
  const loaded = readConfiguration({
    env: {
      ...(emulator ? provisionEnvironment(emulator) : { MG_PROVISION_PLATFORM: 'none' }),
      MG_PROVISION_HTTP_HOST: '127.0.0.1',
      MG_PROVISION_HTTP_PORT: '0',
      MG_PROVISION_STATE_PATH: join(folder, 'state.db'),
      MG_PROVISION_AUTHORITY_PATH: join(folder, 'authority'),
      // Busy machines are slow; tests of time limits set short ones.
      MG_AUTH_GRPC_TIMEOUT: '30s',
      MG_PROVISION_OUTBOUND_TIMEOUT: '60s',
      MG_PROVISION_OUTBOUND_WRITE_TIMEOUT: '60s',
      MG_PROVISION_RECOVERY_LEASE: '90s',
      ...env,
    },
    readFile: () => toml,
  });
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
  const log: string[] = [];
  const server = await openServer({
    config: loaded.config,
    logger: createLogger('debug', { destination: { write: (line) => void log.push(line) } }),
  });
  const app = await createApp(server);
  await app.listen(0, '127.0.0.1');
  const url = await app.getUrl();
  const forget = describedBy(url, async () => (await app.inject('/openapi.json')).body);
  return {
    url,
    server,
    log,
    async close() {
      forget();
      await app.close();
      await server.close();
      rmSync(folder, { recursive: true });
    },
  };
}

export interface World {
  readonly emulator: Emulator;
  readonly domainId: string;
  readonly tokens: PeopledEmulator['tokens'];
  readonly owner: { readonly id: string; readonly username: string; readonly password: string };
  close(): Promise<void>;
}

/** An emulator with a domain and users of every kind. */
export async function openWorld(): Promise<World> {
  const { emulator, domain, owner, tokens } = await startPeopledEmulator({ certKey: 'ec' });
  return { emulator, domainId: domain.id, tokens, owner, close: () => emulator.close() };
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Record<string, unknown>;
}

/**
 * One request as a script would send it; `null` leaves a header out. Fails for answers that the app does not describe.
 */
export async function send(
  url: string,
  options: {
    method?: string;
    token?: string | null;
    type?: string | null;
    body?: string | object;
    headers?: Record<string, string>;
    signal?: AbortSignal;
  } = {},
): Promise<Answer> {
  const { method = 'POST', token, type = 'application/json', body, signal } = options;
  const response = await fetch(url, {
    method,
    signal: signal ?? null,
    headers: {
      ...(token && { authorization: `Bearer ${token}` }),
      ...(type && body !== undefined && { 'content-type': type }),
      ...options.headers,
    },
    // As bytes, or fetch adds a content type of its own.
    body: body === undefined ? null : Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)),
  });
  await assertDescribed(url, { method, status: response.status });
  const text = await response.text();
  const parsed: unknown = text.startsWith('{') ? JSON.parse(text) : { text };
  return { status: response.status, headers: response.headers, body: parsed as Record<string, unknown> };
}

export const agentLayout = (): string =>
  readFileSync(new URL(import.meta.resolve('@org/layout-config/layouts/agent.toml')), 'utf8');

let count = 0;
/** A gateway that no one has asked for yet. */
export const gateway = () => ({
  name: 'press',
  external_id: `AA:BB:${++count}`,
  external_key: `external-key-${count}`,
});
