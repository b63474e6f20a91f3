import type { LocalDevice } from '../../../src/local/device-port.js';
import {
  type LocalServer,
  type LocalServerOptions,
  startLocalServer,
} from '../../../src/local/local-server.js';
import { type Refused, Screen } from './screen.js';

/** Local servers and screens for them, and all of them closed by one call. */
export function locals() {
  const opened: { close(): void | Promise<void> }[] = [];
  const defects: unknown[] = [];
  const start = async (
    device: LocalDevice,
    options: Partial<LocalServerOptions> = {},
  ): Promise<LocalServer> => {
    const log = { error: (facts: object) => defects.push(facts), warn: () => undefined };
    const server = await startLocalServer({
      address: { host: '127.0.0.1', port: 0 },
      device,
      log,
      ...options,
    });
    opened.push(server);
    return server;
  };
  const screen = (target: string | LocalServer, token?: string): Screen => {
    const opening = new Screen(typeof target === 'string' ? target : targetOf(target), token);
    opened.unshift(opening);
    return opening;
  };
  return {
    defects,
    start,
    screen,
    /** A screen at a server of its own. */
    at: async (device: LocalDevice, options?: Partial<LocalServerOptions>): Promise<Screen> =>
      screen(await start(device, options), options?.token?.reveal()),
    async close() {
      for (const each of opened.splice(0)) await each.close();
    },
  };
}

const targetOf = ({ address }: LocalServer): string =>
  address.startsWith('/') ? `unix:${address}` : address;

/** How a call was refused. */
export async function refused(call: Promise<unknown>): Promise<Refused> {
  return call.then(
    (answer) => Promise.reject(new Error(`Not refused: ${JSON.stringify(answer)}`)),
    (error: Refused) => error,
  );
}
