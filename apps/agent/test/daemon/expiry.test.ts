import { status } from '@grpc/grpc-js';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { AgentHomes } from '../support/agent-homes.js';
import { TestAuthority } from '../support/authority.js';
import { folders } from '../support/folder.js';
import { settingsFor } from '../support/settings.js';
import { StandIn } from '../support/stand-in.js';

const disk = folders();
const homes = new AgentHomes(disk);
let server: StandIn;

beforeAll(async () => {
  server = await StandIn.start({ authority: await TestAuthority.make() });
});

afterAll(() => {
  homes.close();
  server?.close();
  disk.remove();
});

test('the log says once that the certificate has expired, while no other can be had', async () => {
  const home = homes.make((path) => settingsFor(path, server));
  const agent = home.start(['run']);
  await agent.said(/waiting for the approval of a code/);
  server.lifetimeMs = 8_000;
  server.refusals.set('renew', { code: status.PERMISSION_DENIED, reason: 'machine_blocked' });
  const machineId = server.approve();
  const [first, expired] = await agent.said(/\{[^}]*"expired":"([^"]+)".*the certificate has expired.*\}/);
  expect(JSON.parse(first)).toMatchObject({ level: 'error', machine_id: machineId });
  expect(Date.parse(expired!)).toBeLessThan(Date.now());

  // The next is another one, and has its whole life before it.
  server.refusals.clear();
  server.lifetimeMs = undefined;
  expect(await home.run(['renew'])).toMatchObject({ code: 0, err: '' });
  agent.kill('SIGTERM');
  expect((await agent.ended).out.match(/the certificate has expired/g)).toHaveLength(1);
});
