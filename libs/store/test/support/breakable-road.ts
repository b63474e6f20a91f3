import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { Secret } from '@org/domain';

export interface BreakableRoad {
  readonly url: Secret;
  /** Closes what is open, and refuses what comes, until `open`. */
  close(): Promise<void>;
  open(): Promise<void>;
  /** Callers on it now hear nothing any more, and are not told; new connections work. */
  freeze(): void;
}

/** A way to the database of `url` on which connections break as they do between hosts. */
export async function breakableRoad(url: Secret): Promise<BreakableRoad> {
  const target = new URL(url.reveal());
  const travelling = new Set<Socket>();
  const server = createServer((from) => {
    const to = connect(Number(target.port), target.hostname);
    for (const [socket, other] of [
      [from, to],
      [to, from],
    ] as const) {
      travelling.add(socket);
      socket.on('error', () => undefined).on('close', () => other.destroy());
      socket.on('data', (data) => travelling.has(socket) && other.write(data));
    }
  });
  const open = async (port: number) => {
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    return (server.address() as AddressInfo).port;
  };
  const port = await open(0);
  const road = new URL(target);
  road.host = `127.0.0.1:${port}`;
  return {
    url: new Secret(road.href),
    open: async () => void (await open(port)),
    close: async () => {
      server.close();
      for (const socket of travelling) socket.destroy();
      travelling.clear();
      await once(server, 'close');
    },
    freeze: () => travelling.clear(),
  };
}
