import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Emulator, provisionEnvironment, startPeopledEmulator } from '@org/magistrala-emulator';
import { createApp } from '@org/provision-http';
import { createLogger, openServer, readConfiguration } from '@org/server';
import { type MockDevice, showCode } from './device.js';

export type { MockDevice } from './device.js';

export interface ProvisionMockOptions {
  /** A configuration with a layout, as in `config.toml`. Default: the built-in layout. */
  readonly config?: string;
  /** Settings by the names of their variables, such as `MG_PROVISION_X509_PROVISIONING: 'true'`. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Told each line of the service's log, JSON. Default: nothing is kept. */
  readonly log?: (line: string) => void;
}

/** What is to happen to a call that the service sends to the platform. */
export interface PlatformFault {
  /** Such as `clients.create_bulk`, `channels.connect`, `bootstrap.create`; the calls that were made are in `calls()`. */
  readonly operation: string;
  /** `refuse`: answered with `status`, and not done. `fail_after`: done, and answered with `status`. `drop_after`: done, and never answered. */
  readonly action: 'refuse' | 'fail_after' | 'drop_after';
  /** HTTP status. Default 503 for `refuse`, 500 for `fail_after`. */
  readonly status?: number;
  /** How many calls. Default 1. */
  readonly times?: number;
}

/** What exists on the platform. */
export interface PlatformContents {
  readonly clients: readonly { readonly id: string; readonly name: string }[];
  readonly channels: readonly { readonly id: string; readonly name: string }[];
  readonly configurations: readonly {
    readonly id: string;
    readonly externalId: string;
    readonly content: string;
  }[];
}

export interface ProvisionMock extends AsyncDisposable {
  /** `http://127.0.0.1:port`: the `baseUrl` of `@org/provision-sdk`. */
  readonly url: string;
  /** A domain that exists, and tokens of its administrator, of a member who may only read, and of a user outside of it. */
  readonly domainId: string;
  readonly tokens: { readonly administrator: string; readonly reader: string; readonly stranger: string };
  /** A device that shows a code, to be approved. */
  showCode(): Promise<MockDevice>;
  /** What exists on the platform now: after a failure, nothing that was not there before. */
  contents(): PlatformContents;
  /** The service's calls to the platform so far, such as `clients.create_bulk`. */
  calls(): readonly string[];
  /** @returns ends it early */
  fail(fault: PlatformFault): () => void;
  /** Ends both servers, and removes what they kept. Once is enough; again does no harm. */
  close(): Promise<void>;
}

/**
 * Starts Provision, the real service, and an emulator of Magistrala behind it, in this process, on free ports of the
 * loopback address. Any number can run side by side.
 *
 * @throws Error that lists the problems when `config` or `settings` do not fit
 */
export async function startProvision(options: ProvisionMockOptions = {}): Promise<ProvisionMock> {
  const folder = mkdtempSync(join(tmpdir(), 'provision-mock-'));
  const { emulator, domain, tokens } = await startPeopledEmulator({ certKey: 'ec' });
  emulator.clearCalls();
  const remove = () => rmSync(folder, { recursive: true, force: true });
  try {
    const service = await startService(emulator, folder, options);
    let closed: Promise<void> | undefined;
    const close = () =>
      (closed ??= service
        .close()
        .then(() => emulator.close())
        .finally(remove));
    return {
      url: service.url,
      domainId: domain.id,
      tokens: { administrator: tokens.owner, reader: tokens.reader, stranger: tokens.stranger },
      showCode: () => showCode(service.url),
      contents: () => contentsOf(emulator),
      calls: () => emulator.calls().map(({ operation }) => operation),
      fail(fault) {
        const added = emulator.faults.add(fault);
        return () => added.remove();
      },
      close,
      [Symbol.asyncDispose]: close,
    };
  } catch (error) {
    await emulator.close();
    remove();
    throw error;
  }
}

async function startService(emulator: Emulator, folder: string, options: ProvisionMockOptions) {
  const { config, settings, log } = options;
  const loaded = readConfiguration({
    env: {
      ...provisionEnvironment(emulator),
      MG_PROVISION_HTTP_HOST: '127.0.0.1',
      MG_PROVISION_HTTP_PORT: '0',
      MG_PROVISION_STATE_PATH: join(folder, 'state.db'),
      MG_PROVISION_AUTHORITY_PATH: join(folder, 'authority'),
      MG_PROVISION_CERTS_BACKEND: 'builtin',
      MG_PROVISION_DRAIN_TIMEOUT: '1s',
      MG_PROVISION_DOCS: 'off',
      ...settings,
    },
    readFile: (path) => (path === 'config.toml' ? config : undefined),
  });
  if (!loaded.ok)
    throw new Error(
      loaded.problems.map(({ key, message, wanted }) => `${key}: ${message} (wanted: ${wanted})`).join('\n'),
    );
  const logger = log ? createLogger('debug', { destination: { write: log } }) : createLogger('silent');
  const server = await openServer({ config: loaded.config, logger });
  const app = await createApp(server);
  await app.listen(0, '127.0.0.1');
  return {
    url: await app.getUrl(),
    async close() {
      await app.close();
      await server.close();
    },
  };
}

function contentsOf(emulator: Emulator): PlatformContents {
  const { clients, channels, configs } = emulator.inventory();
  return {
    clients: clients.map(({ id, name }) => ({ id, name })),
    channels: channels.map(({ id, name }) => ({ id, name })),
    configurations: configs.map(({ id, external_id: externalId, content }) => ({ id, externalId, content })),
  };
}
