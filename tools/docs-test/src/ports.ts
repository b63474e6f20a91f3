import { createServer } from 'node:net';

/** From Magistrala's and our documented ports, less 9000; 7001 is the base less 1999. */
const OFFSETS = [-1_999, 1, 2, 3, 5, 6, 13, 16, 17, 18, 19, 99];
/** Below the ports that systems give to connections. */
const [LOWEST, HIGHEST] = [12_000, 30_000];

/** @returns a number such that it plus the last digits of every documented port is a free port of this machine */
export async function freePortBase(): Promise<number> {
  for (;;) {
    const base = 100 * Math.floor((LOWEST + Math.random() * (HIGHEST - LOWEST)) / 100);
    const free = await Promise.all(OFFSETS.map((offset) => isFree(base + offset)));
    if (free.every(Boolean)) return base;
  }
}

const isFree = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, () => server.close(() => resolve(true)));
  });
