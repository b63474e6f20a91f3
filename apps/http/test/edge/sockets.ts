import { once } from 'node:events';
import { type Socket, connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { type TLSSocket, connect as connectTls } from 'node:tls';
import { type RunningApp, send } from '../app.js';

/** Addresses of one machine, as a server sees them. */
export const addressOf = (caller: number): string => `127.0.0.${caller + 2}`;

/** A connection that sends nothing by itself. */
export class Stranger {
  private constructor(
    private readonly socket: Socket | TLSSocket,
    /** All that the server sent until it closed the connection. */
    readonly answer: Promise<string>,
  ) {}

  static async connect({ url }: RunningApp, caller = 0, options: { tls?: boolean } = {}): Promise<Stranger> {
    const to = { host: '127.0.0.1', port: Number(new URL(url).port), localAddress: addressOf(caller) };
    const socket = options.tls ? connectTls({ ...to, rejectUnauthorized: false }) : connect(to);
    socket.on('error', () => undefined);
    await once(socket, options.tls ? 'secureConnect' : 'connect');
    return new Stranger(
      socket,
      text(socket).catch(() => ''),
    );
  }

  write(bytes: string): void {
    this.socket.write(bytes);
  }

  get isClosed(): boolean {
    return this.socket.readableEnded || this.socket.destroyed;
  }

  get(path: string): Promise<string> {
    return this.request(`GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`);
  }

  /** The head of a request: the server says that it goes on to its body. */
  post(path: string, length: number): Promise<string> {
    const head = [
      `POST ${path} HTTP/1.1`,
      'Host: x',
      'Content-Type: application/json',
      'Expect: 100-continue',
    ];
    return this.request([...head, `Content-Length: ${length}`, '\r\n'].join('\r\n'));
  }

  /** What ends a request, and the response to it, over a connection that stays open. */
  async request(bytes: string): Promise<string> {
    this.write(bytes);
    const [data] = (await once(this.socket, 'data')) as [Buffer];
    return data.toString();
  }

  leave(): void {
    this.socket.destroy();
  }
}

/** Waits for what has to come; the test's own time limit is the only one. */
export async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setTimeout(resolve, 10));
}

/** How often a limit was reached, as the metrics say. */
export async function reached({ url }: RunningApp, limit: string): Promise<number> {
  const { body } = await send(`${url}/metrics`, { method: 'GET' });
  const line = new RegExp(`^provision_limits_reached_total\\{limit="${limit}"\\} (\\d+)$`, 'm');
  return Number(line.exec(String(body['text']))?.[1] ?? 0);
}

export const saidOf = ({ log }: RunningApp, limit: string): readonly object[] =>
  log
    .filter((line) => line.includes('"limit reached"') && line.includes(`"limit":"${limit}"`))
    .map((line) => JSON.parse(line) as object);
