import { type Http2Server, type ServerHttp2Session, createServer } from 'node:http2';
import type { AddressInfo } from 'node:net';

/** An ingress whose backend is not there: HTTP/2 without TLS, and the same status for everything. */
export class HttpAnswers {
  readonly #server: Http2Server = createServer();
  readonly #sessions = new Set<ServerHttp2Session>();

  private constructor(status: number) {
    this.#server.on('session', (session) => this.#sessions.add(session));
    this.#server.on('stream', (stream) => {
      stream.respond({ ':status': status, 'content-type': 'text/plain' });
      stream.end('no backend');
    });
  }

  static async start(status: number): Promise<HttpAnswers> {
    const answers = new HttpAnswers(status);
    await new Promise<void>((resolve) => answers.#server.listen(0, '127.0.0.1', resolve));
    return answers;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get url(): string {
    return `http://localhost:${this.port}`;
  }

  /** The port is free then. */
  close(): Promise<void> {
    for (const session of this.#sessions) session.destroy();
    return new Promise((resolve) => this.#server.close(() => resolve()));
  }
}
