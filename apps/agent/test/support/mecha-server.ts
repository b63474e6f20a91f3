import { type RequestListener, type Server, createServer } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { TestAuthority } from './authority.js';

/** A server with nothing but mecha-agent's HTTP wire, on which every code is approved. */
export class MechaServer {
  readonly calls: string[] = [];
  /** That it has issued; by themselves. */
  readonly certificates = new Map<string, string>();
  readonly #server: Server;

  private constructor(
    server: Server,
    readonly tls: boolean,
  ) {
    this.#server = server;
  }

  static async start(authority: TestAuthority, { tls = false } = {}): Promise<MechaServer> {
    const listener: RequestListener = async (request, response) => {
      mecha.calls.push(`${request.method} ${request.url!.split('?')[0]}`);
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      const answer = (payload: unknown): void => {
        const envelope = { success: true, status: 'OK', statusCode: 200, payload };
        response.setHeader('content-type', 'application/json').end(JSON.stringify(envelope));
      };
      if (request.url!.startsWith('/v1/provisioning/manifest/find')) {
        return answer({ machine_id: 'm-1', cert_sign_url: '/sign?ticket=1', cert_valid_upto: '' });
      }
      if (request.method !== 'POST') return answer(null);
      const { csr, machine_id: machineId } = JSON.parse(Buffer.concat(chunks).toString()) as Record<
        string,
        string
      >;
      const cert = await authority.issue(Buffer.from(csr!), machineId!);
      mecha.certificates.set(cert, cert);
      answer({ cert, root_cert: authority.rootPem, ca_bundle: [authority.issuingPem] });
    };
    const { key, chain: cert } = await authority.serverIdentity();
    const server = tls ? createTlsServer({ key, cert }, listener) : createServer(listener);
    const mecha = new MechaServer(server, tls);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return mecha;
  }

  get url(): string {
    return `${this.tls ? 'https' : 'http'}://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }
}
