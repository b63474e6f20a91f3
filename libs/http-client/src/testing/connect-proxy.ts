import { type Server, createServer } from 'node:http';
import { type AddressInfo, type Socket, connect } from 'node:net';

export interface ConnectProxyOptions {
  /** The only names that it knows, and their IP addresses. */
  readonly names?: Readonly<Record<string, string>>;
  /** `user:password`; default: anybody may use it. */
  readonly credentials?: string;
  /** Refuses everything with this status. */
  readonly status?: number;
}

/** An HTTP proxy on this machine that does nothing but CONNECT. */
export class ConnectProxy {
  /** What it was asked to connect to, as `host:port`, in order; refused ones too. */
  readonly asked: string[] = [];
  readonly #options: ConnectProxyOptions;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(options: ConnectProxyOptions) {
    this.#options = options;
    // A client that sends a request to be passed on meets a proxy that does not do that.
    this.#server = createServer((request, response) => {
      this.asked.push(`${request.method} ${request.url}`);
      response.writeHead(400).end();
    });
    this.#server.on('connection', (socket: Socket) => this.#keep(socket));
    this.#server.on('connect', (request, socket: Socket, head) => {
      this.asked.push(request.url!);
      const status = this.#refusal(request.headers['proxy-authorization']);
      if (status === undefined) this.#connect(request.url!, socket, head);
      else socket.end(`HTTP/1.1 ${status} No\r\n\r\n`);
    });
  }

  static start(options: ConnectProxyOptions = {}): Promise<ConnectProxy> {
    const proxy = new ConnectProxy(options);
    return new Promise((resolve) => proxy.#server.listen(0, '127.0.0.1', () => resolve(proxy)));
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #refusal(authorization: string | undefined): number | undefined {
    const { credentials, status } = this.#options;
    const wanted = credentials && `Basic ${Buffer.from(credentials).toString('base64')}`;
    return wanted === undefined || authorization === wanted ? status : 407;
  }

  #connect(authority: string, socket: Socket, head: Buffer): void {
    const [, name = '', port] = /^\[?(.*?)\]?:(\d+)$/.exec(authority) ?? [];
    const host = (this.#options.names ?? {})[name];
    if (host === undefined) return void socket.end('HTTP/1.1 502 Unknown name\r\n\r\n');
    const onward = connect(Number(port), host, () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n');
      onward.write(head);
      onward.pipe(socket).pipe(onward);
    });
    this.#keep(onward);
    onward.on('error', () => socket.destroy());
  }

  #keep(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on('error', () => undefined).once('close', () => this.#sockets.delete(socket));
  }
}
