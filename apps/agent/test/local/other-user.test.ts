import { chmodSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { status } from '@grpc/grpc-js';
import { Secret } from '@org/domain';
import type { Device } from '../../src/device/device.js';
import { TestAuthority } from '../support/authority.js';
import { enrol, openDevice } from '../support/device.js';
import { folders } from '../support/folder.js';
import { MechaServer } from '../support/mecha-server.js';
import { settingsFor } from '../support/settings.js';
import { StandIn } from '../support/stand-in.js';
import { fakeDevice } from './support/fake-device.js';
import { locals, refused } from './support/locals.js';
import { callAsOther } from './support/other-user.js';

const made = folders();
const local = locals();
const devices: Device[] = [];
let authority: TestAuthority;
let server: StandIn;

const DEPROVISION = '/provisioning.ProvisioningService/deprovision';
const GENERATE = '/provisioning.ProvisioningService/generateCode';
const PING = '/provisioning.ProvisioningService/ping';
const STATUS = '/identity.IdentityService/getProvisionStatus';
const CERT = '/identity.IdentityService/getMachineCert';

beforeAll(async () => {
  authority = await TestAuthority.make();
  server = await StandIn.start({ authority });
});

afterEach(async () => {
  await local.close();
  for (const each of devices.splice(0)) await each.close();
});

afterAll(() => {
  server.close();
  made.remove();
});

async function aDevice(text?: (home: string) => string): Promise<Device> {
  const home = made.make();
  const device = await openDevice(text?.(home) ?? settingsFor(home, server), home);
  devices.push(device);
  return device;
}

/** As the daemon does it, with the address of the settings but a free port. */
const served = (device: Device) => {
  const { listen, token } = device.settings.local!;
  return local.start(device, { address: listen, token });
};

test('with default settings, another user of the device cannot take its identity away', async () => {
  const device = await aDevice();
  const machineId = await enrol(device, server);
  const { address } = await served(device);
  const [removal, isProvisioned, certificate] = await callAsOther(address, [DEPROVISION, STATUS, CERT]);
  expect(removal).toMatchObject({
    code: status.UNAUTHENTICATED,
    details: expect.stringMatching(
      /^ProvisioningErrorCodes: UnauthorizedError - .*server\.token.*unix:.*provision-agent deprovision/,
    ),
  });
  // Screens that are there already need this, and show no token.
  expect([isProvisioned, certificate]).toMatchObject([{ code: status.OK }, { code: status.OK }]);
  expect(existsSync(device.settings.paths.privateKey)).toBe(true);
  expect((await device.report()).identity?.machineId).toBe(machineId);
  expect(server.deprovisioned).not.toContain(machineId);
});

test('a caller who shows the token can, and no one else', async () => {
  const device = await aDevice();
  await enrol(device, server);
  const { listen: address } = device.settings.local!;
  const service = await local.start(device, { address, token: new Secret('a long random text') });
  const outcomes = await callAsOther(service.address, [DEPROVISION, GENERATE, STATUS]);
  expect(outcomes.map(({ code }) => code)).toEqual(Array(3).fill(status.UNAUTHENTICATED));
  expect((await device.report()).state).toBe('provisioned');
  expect(await local.screen(service, 'a long random text').deprovision()).toBe(true);
  expect((await device.report()).state).toBe('none');
});

test('at a Unix socket the user of the agent can, and others do not get through', async () => {
  const device = await aDevice();
  await enrol(device, server);
  const folder = made.make();
  chmodSync(folder, 0o755);
  const { address } = await local.start(device, { address: { socket: join(folder, 'agent.sock') } });
  if (process.getuid!() === 0) {
    const [ping] = await callAsOther(`unix:${address}`, [PING]);
    expect(ping).toMatchObject({ code: status.UNAVAILABLE, details: expect.stringContaining('EACCES') });
  }
  expect(await local.screen(`unix:${address}`).deprovision()).toBe(true);
});

test("another user cannot choose the code that a device of mecha's wire enrols with", async () => {
  const mecha = await MechaServer.start(authority);
  try {
    const device = await aDevice((home) =>
      settingsFor(home, undefined, { provisioning: { server_url: mecha.url } }),
    );
    const open = local.screen(await served(device));
    const shown = await open.generateCode();
    expect(await refused(open.provisionByCode('EVIL66'))).toMatchObject({
      code: status.UNKNOWN,
      details: expect.stringContaining('ParseResponseError'),
    });
    expect(await device.enrolment.pending()).toMatchObject({ code: shown });
    expect((await device.report()).state).toBe('enrolling');
    const socket = { socket: join(made.make(), 'agent.sock') };
    const guarded = local.screen(await local.start(device, { address: socket }));
    expect(await guarded.provisionByCode('MINE66')).toBe(true);
  } finally {
    mecha.close();
  }
});

test('refusals are counted, and each kind is logged once', async () => {
  const counted: string[] = [];
  const logged: object[] = [];
  const log = { error: () => undefined, warn: (facts: object) => logged.push(facts) };
  const options = { log, onRefused: (reason: string) => counted.push(reason) };
  const screen = await local.at(fakeDevice(), options);
  for (let calls = 0; calls < 3; calls++) await refused(screen.deprovision());
  expect(counted).toEqual(Array(3).fill('token_needed'));
  expect(logged).toEqual([{ reason: 'token_needed', method: 'deprovision' }]);
});
