import { type Socket, connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { connect as connectTls } from 'node:tls';

export interface OpenOptions {
  /** Base URL, or host:port. */
  readonly to: string;
  /** One of the machine's own addresses. */
  readonly from?: string;
  /** Shakes hands first, whatever certificate is shown. */
  readonly tls?: boolean;
  /** What it writes at once. */
  readonly says?: string | Buffer;
  /** Takes nothing of what comes. */
  readonly deaf?: boolean;
}

/** A connection that someone holds open. */
export class Held {
  readonly #parts: Buffer[] = [];
  #isClosed = false;

  constructor(
    readonly socket: Socket,
    { deaf = false }: Pick<OpenOptions, 'deaf'> = {},
  ) {
    if (!deaf) this.listen();
    socket.on('error', () => undefined);
    socket.once('close', () => (this.#isClosed = true));
  }

  listen(): void {
    this.socket.on('data', (part: Buffer) => this.#parts.push(part));
  }

  get isOpen(): boolean {
    return !this.#isClosed;
  }

  /** All that came, octet for octet. */
  get received(): string {
    return Buffer.concat(this.#parts).toString('latin1');
  }

  /** Resolves when it is closed, or after some time. */
  async untilClosed(withinMs: number): Promise<boolean> {
    const until = Date.now() + withinMs;
    while (this.isOpen && Date.now() < until) await delay(25);
    return !this.isOpen;
  }

  close(): void {
    this.socket.destroy();
  }
}

/** Resolves when it is open, or was refused: a closed one is as good as none. */
export function open({ to, from: localAddress, tls, says, deaf }: OpenOptions): Promise<Held> {
  const { hostname, port } = new URL(to.includes('://') ? to : `tcp://${to}`);
  const host = hostname === 'localhost' ? '127.0.0.1' : hostname.replace(/^\[|\]$/g, '');
  const options = { host, port: Number(port), localAddress };
  return new Promise((resolve) => {
    const socket = tls
      ? connectTls({ ...options, rejectUnauthorized: false, ALPNProtocols: ['h2'] })
      : connect(options);
    const held = new Held(socket, { deaf });
    socket.once(tls ? 'secureConnect' : 'connect', () => {
      if (says !== undefined) socket.write(says);
      resolve(held);
    });
    socket.once('close', () => resolve(held));
  });
}

/** Several at once. @returns those that were opened, closed again or not */
export const openMany = (
  count: number,
  options: OpenOptions | ((n: number) => OpenOptions),
): Promise<Held[]> =>
  Promise.all(
    Array.from({ length: count }, (_, n) => open(typeof options === 'function' ? options(n) : options)),
  );

/** How many are still open; all of them are closed then. */
export function closeAll(held: readonly Held[]): number {
  const open = held.filter(({ isOpen }) => isOpen);
  for (const each of held) each.close();
  return open.length;
}

/** How many are still open after some time, or sooner when none is. */
export async function stillOpen(held: readonly Held[], withinMs: number): Promise<number> {
  const until = Date.now() + withinMs;
  const count = () => held.filter(({ isOpen }) => isOpen).length;
  while (count() > 0 && Date.now() < until) await delay(50);
  return count();
}
