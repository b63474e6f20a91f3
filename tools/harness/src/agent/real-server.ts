import { join } from 'node:path';
import { Secret } from '@org/domain';
import type { EnrolmentView, Machine, Operator } from '@org/enrolment';
import type { CertificateRecord } from '@org/pki';
import { createApp } from '@org/provision-grpc';
import { type Server, createLogger, openServer, readConfiguration } from '@org/server';

const ANN: Operator = {
  id: 'ann',
  known: true,
  token: undefined,
  assertMayRemove: async () => undefined,
};

/** The real server, without a platform, and its operator. The HTTP app runs where it has TLS (`MG_PROVISION_HTTP_TLS`). */
export class RealServer {
  private constructor(
    readonly url: string,
    readonly server: Server,
    private readonly apps: readonly { close(): Promise<unknown> }[],
    /** Of the HTTP app; undefined where it does not run. */
    readonly httpUrl?: string,
  ) {}

  /** @param folder for its state; an existing one, perhaps that of one that was closed */
  static async start(folder: string, env: Readonly<Record<string, string>> = {}): Promise<RealServer> {
    const loaded = readConfiguration({
      env: {
        MG_PROVISION_PLATFORM: 'none',
        MG_PROVISION_CERTS_BACKEND: 'builtin',
        MG_PROVISION_AUTHORITY_PATH: join(folder, 'authority'),
        MG_PROVISION_STATE_PATH: join(folder, 'state.db'),
        MG_PROVISION_OPERATOR_TOKENS: `ann:${'0'.repeat(64)}`,
        MG_PROVISION_GRPC_HOST: '127.0.0.1',
        MG_PROVISION_GRPC_PORT: '0',
        MG_PROVISION_DRAIN_TIMEOUT: '1s',
        ...env,
      },
      readFile: () => undefined,
    });
    if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
    const server = await openServer({ config: loaded.config, logger: createLogger('silent') });
    const app = await createApp(server);
    const url = `https://${await app.listen()}`;
    if (!loaded.config.server.tlsBuiltin) return new RealServer(url, server, [app]);
    const { createApp: createHttpApp } = await import('@org/provision-http');
    const http = await createHttpApp(server);
    await http.listen(0, '127.0.0.1');
    return new RealServer(url, server, [app, http], await http.getUrl());
  }

  /** Lower-case hex SHA-256. */
  get rootFingerprint(): string {
    return this.server.authority!.served().roots[0]!.fingerprint;
  }

  /** What leads an agent here, and keeps what it writes outside its home in `folder`. */
  agentEnvironment(folder: string): Record<string, string> {
    return {
      MECHA_AGENT_GRPC_URL: this.url,
      MECHA_AGENT_ROOT_FINGERPRINT: this.rootFingerprint,
      MECHA_AGENT_LOG_FORMAT: 'json',
      MG_AGENT_CONFIG_PATH: join(folder, 'agent-config.json'),
      MG_AGENT_BOOTSTRAP_CACHE_PATH: join(folder, 'bootstrap.json'),
    };
  }

  get #enrolments() {
    return this.server.enrolments!;
  }

  async approve(code: string, domainId = 'plant'): Promise<void> {
    const lookUp = { code: new Secret(code), operator: ANN, address: '198.51.100.1' };
    const { id } = await this.#enrolments.lookUp(lookUp);
    await this.#enrolments.approve({ id, domainId, operator: ANN, request: { name: 'press-7' } });
  }

  /** Allows a machine whose code was no proof of a key to ask for another certificate. */
  async reissue(machineId: string, domainId = 'plant'): Promise<void> {
    await this.#enrolments.reissue({ id: machineId, domainId, operator: ANN });
  }

  async revoke(machineId: string, domainId = 'plant'): Promise<void> {
    const reason = 'keyCompromise';
    await this.#enrolments.revoke({ id: machineId, domainId, operator: ANN, reason, removeGateway: false });
  }

  async machines(domainId = 'plant'): Promise<readonly Machine[]> {
    return (await this.#enrolments.listMachines({ domainId, offset: 0, limit: 100 })).machines;
  }

  /** Those that were approved; no one's domain has the others. */
  async enrolments(domainId = 'plant'): Promise<readonly EnrolmentView[]> {
    return (await this.#enrolments.list({ domainId, offset: 0, limit: 100 })).enrolments;
  }

  /** All that were ever issued to a machine. */
  async certificates(machineId: string): Promise<readonly CertificateRecord[]> {
    return (await this.server.authority!.store.list({ machineId })).records;
  }

  async close(): Promise<void> {
    for (const app of this.apps) await app.close();
    await this.server.close();
  }
}
