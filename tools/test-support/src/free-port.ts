import { createServer } from 'node:net';

/** Below the ports that systems give to connections (from 32,768 on), any of which may be taken a moment later. */
const [LOWEST, HIGHEST] = [10_000, 20_000];

/** For programs that do not choose a port by themselves. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = LOWEST + Math.floor(Math.random() * (HIGHEST - LOWEST));
    if (await isFree(port)) return port;
  }
}

const isFree = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
