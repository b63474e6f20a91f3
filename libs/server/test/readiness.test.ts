import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { type RunningServer, openWorld, startServer } from './world.js';

let world: Awaited<ReturnType<typeof openWorld>>;
let running: RunningServer;
beforeAll(async () => {
  world = await openWorld();
  running = await startServer(world.emulator);
});
afterAll(async () => {
  await running.close();
  await world.close();
});

it('fifty who ask at once whether the service is ready cost the platform one look, and the next one another', async () => {
  const ask = () => running.server.readiness();
  const all = await Promise.all(Array.from({ length: 50 }, ask));
  expect(all[0]).toMatchObject({ ready: true });
  expect(new Set(all).size).toBe(1);
  expect(await ask()).not.toBe(all[0]);
});
