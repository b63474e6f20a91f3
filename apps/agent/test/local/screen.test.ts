import { execFileSync } from 'node:child_process';
import { X509Certificate, createHash } from 'node:crypto';
import { existsSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { status } from '@grpc/grpc-js';
import type { Device } from '../../src/device/device.js';
import { TestAuthority } from '../support/authority.js';
import { enrol, openDevice } from '../support/device.js';
import { folders } from '../support/folder.js';
import { MechaServer } from '../support/mecha-server.js';
import { settingsFor } from '../support/settings.js';
import { StandIn } from '../support/stand-in.js';
import { statusDetailsOf } from '../../src/enrolment-api/status-details.js';
import type { ServiceError } from '@grpc/grpc-js';
import { ConnectApp } from './support/connect-app.js';
import { locals, refused } from './support/locals.js';

const made = folders();
const local = locals();
const devices: Device[] = [];
let authority: TestAuthority;
let server: StandIn;

beforeAll(async () => {
  authority = await TestAuthority.make();
});

afterEach(async () => {
  await local.close();
  for (const each of devices.splice(0)) await each.close();
  server?.close();
  expect(local.defects).toEqual([]);
});

afterAll(() => made.remove());

async function aDevice(home = made.make()): Promise<Device> {
  const device = await openDevice(settingsFor(home, server), home);
  devices.push(device);
  return device;
}

const start = async (): Promise<StandIn> => (server = await StandIn.start({ authority }));

test('a Connect app takes a device from its box to an identity', async () => {
  await start();
  const app = new ConnectApp(await local.at(await aDevice()));
  await app.open();
  expect(app.page).toBe('link-machine');
  expect(app.code).toMatch(/^[A-Z]{4}-[A-Z]{4}$/);
  const first = app.code;
  await app.everyTwentySeconds();
  await app.everyTwentySeconds();
  await app.everyMinute();
  expect(app).toMatchObject({ page: 'link-machine', code: first });
  const machineId = server.approve(app.code);
  await app.everyTwentySeconds();
  expect(app).toMatchObject({ page: 'setup-success', machineId });
  const again = new ConnectApp(app.screen);
  await again.open();
  expect(again).toMatchObject({ page: 'machine-info', machineId });
});

test('not approved yet is said in the words of the wire', async () => {
  await start();
  const screen = await local.at(await aDevice());
  const { code, details, metadata } = await refused(screen.provisionByCode(await screen.generateCode()));
  expect(code).toBe(status.UNKNOWN);
  expect(details).toMatch(/^ProvisioningErrorCodes: ParseResponseError - /);
  expect(statusDetailsOf({ metadata } as ServiceError)).toMatchObject({ reason: 'enrolment_pending' });
});

test('the daemon and a screen get one machine between them', async () => {
  await start();
  const device = await aDevice();
  const stop = new AbortController();
  const daemon = device.enrolment.run({ onCode: () => undefined, signal: stop.signal });
  const app = new ConnectApp(await local.at(device));
  await app.open();
  const machineId = server.approve(app.code);
  expect(await daemon).toBe(machineId);
  await app.everyTwentySeconds();
  expect(app).toMatchObject({ page: 'setup-success', machineId });
  expect(server.machines.size).toBe(1);
});

test('a code that is no longer shown is polled on, until the next one comes', async () => {
  await start();
  const screen = await local.at(await aDevice());
  await screen.generateCode();
  expect(await refused(screen.provisionByCode('ZZZZ-ZZZZ'))).toMatchObject({
    code: status.UNKNOWN,
    details: expect.stringContaining('ProvisioningErrorCodes: ParseResponseError'),
  });
  expect(server.calls.filter((name) => name === 'poll')).toHaveLength(0);
});

test('a denial ends the pairing, and says so to programs', async () => {
  await start();
  const app = new ConnectApp(await local.at(await aDevice()));
  await app.open();
  server.deny();
  const { code, details, metadata } = await refused(app.screen.provisionByCode(app.code));
  expect([code, details]).toEqual([
    status.UNKNOWN,
    expect.stringMatching(/^ProvisioningErrorCodes: UnknownError - .*denied/),
  ]);
  expect(statusDetailsOf({ metadata } as ServiceError)).toMatchObject({ reason: 'enrolment_denied' });
});

test('a device that has an identity keeps it, whatever a screen asks', async () => {
  await start();
  const home = made.make();
  const before = await aDevice(home);
  const machineId = await enrol(before, server);
  const { privateKey, cert } = before.settings.paths;
  const files = () => [privateKey, cert].map((path) => readFileSync(path, 'utf8'));
  const kept = files();
  const screen = await local.at(await aDevice(home));
  server.calls.length = 0;
  const { code, details } = await refused(screen.generateCode());
  expect([code, details]).toEqual([status.UNAVAILABLE, expect.stringContaining(machineId)]);
  // The answer that a screen waits for may have been lost by a restart.
  expect(await screen.provisionByCode([...server.waiting.values()][0]!.code)).toBe(true);
  expect(await screen.provisionByCode('A1B2C3')).toBe(true);
  expect(server.calls).toEqual([]);
  expect(files()).toEqual(kept);
  expect(existsSync(`${privateKey}.next`)).toBe(false);
});

test('a screen works with a server of the older wire', async () => {
  const mecha = await MechaServer.start(authority);
  try {
    const home = made.make();
    const text = settingsFor(home, undefined, { provisioning: { server_url: mecha.url } });
    const device = await openDevice(text, home);
    devices.push(device);
    const app = new ConnectApp(await local.at(device));
    await app.open();
    expect(app.code).toMatch(/^[A-Z0-9]{6}$/);
    await app.everyTwentySeconds();
    expect(app).toMatchObject({ page: 'setup-success', machineId: 'm-1' });
  } finally {
    mecha.close();
  }
});

test('a server that cannot be reached is named as such', async () => {
  await start();
  const screen = await local.at(await aDevice());
  const code = await screen.generateCode();
  server.close();
  const answers = [screen.ping(), screen.provisionByCode(code)].map(refused);
  const [ping, provision] = await Promise.all(answers);
  expect(ping).toMatchObject({ code: status.UNAVAILABLE });
  expect(ping!.details).toMatch(/^ProvisioningErrorCodes: UnreachableError - .* 1007$/);
  expect(provision).toMatchObject({ code: status.UNKNOWN });
  expect(provision!.details).toMatch(
    /^ProvisioningErrorCodes: UnknownError - .*(cannot be reached|ECONNREFUSED)/,
  );
  // The enrolment goes on when the server is back.
  expect(await screen.generateCode()).toBe(code);
});

test('who the device is, field for field', async () => {
  await start();
  const device = await aDevice();
  const screen = await local.at(device);
  await enrol(device, server);
  const { cert, root } = device.settings.paths;
  const pem = readFileSync(cert, 'utf8');
  const x509 = new X509Certificate(pem);
  const fields = await screen.getMachineCert();
  const decoded = (field: number): string => Buffer.from(String(fields[field]), 'base64url').toString();
  expect(fields[1]).toBe(await screen.getMachineId());
  expect(fields[2]).toBe(`${new Date(x509.validTo).toISOString().slice(0, 19).replace('T', ' ')} UTC`);
  expect(fields[3]).toBe(createHash('sha256').update(x509.raw).digest('base64url'));
  expect(fields[4]).toBe(pem.replaceAll('\n', '\r\n'));
  expect(JSON.parse(decoded(5))).toEqual([authority.issuingPem]);
  expect(decoded(6)).toBe(readFileSync(root, 'utf8'));
  expect(String(fields[7]).replaceAll(':', '').replace(/^00/, '')).toBe(x509.serialNumber);
});

test('a device without an identity says so, and goes on', async () => {
  await start();
  const device = await aDevice();
  const screen = await local.at(device);
  for (const call of [screen.getMachineId, screen.getMachineCert]) {
    const { code, details } = await refused(call());
    expect([code, details]).toEqual([status.UNKNOWN, expect.stringContaining('ReadPrivateKeyError')]);
  }
  expect(await screen.getProvisionStatus()).toBe(false);
});

test('without CA files there is an error and no crash', async () => {
  await start();
  const device = await aDevice();
  const screen = await local.at(device);
  const machineId = await enrol(device, server);
  rmSync(device.settings.paths.caBundle);
  const { code, details } = await refused(screen.getMachineCert());
  expect([code, details]).toEqual([
    status.UNKNOWN,
    expect.stringMatching(/^CryptoErrorCodes:\(code: ReadCertFileError, message: .*\)$/),
  ]);
  expect(await screen.getMachineId()).toBe(machineId);
});

test('a certificate without a common name is told from one that cannot be read', async () => {
  await start();
  const device = await aDevice();
  const screen = await local.at(device);
  await enrol(device, server);
  const { cert } = device.settings.paths;
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', `${cert}.key`];
  execFileSync('openssl', ['req', '-x509', ...key, '-subj', '/O=Nobody', '-out', cert], { stdio: 'ignore' });
  expect(await refused(screen.getMachineId())).toMatchObject({
    code: status.UNKNOWN,
    details: expect.stringMatching(/^CryptoErrorCodes:\(code: ExtractSubjectNameError, message: .*\)$/),
  });
});

test('an identity that cannot be used is not replaced from a screen', async () => {
  await start();
  const device = await aDevice();
  const screen = await local.at(device);
  await enrol(device, server);
  writeFileSync(device.settings.paths.cert, 'not a certificate');
  server.calls.length = 0;
  expect(await screen.getProvisionStatus()).toBe(false);
  expect((await refused(screen.getMachineId())).details).toContain('PemDeserializeError');
  expect(await refused(screen.generateCode())).toMatchObject({ code: status.UNAVAILABLE });
  expect(await refused(screen.provisionByCode('BCDF-GHJK'))).toMatchObject({ code: status.UNKNOWN });
  expect(server.calls).toEqual([]);
});

test('deprovisioning removes what is ours, as often as it is asked', async () => {
  await start();
  const device = await aDevice();
  const socket = join(made.make(), 'agent.sock');
  const screen = await local.at(device, { address: { socket } });
  const machineId = await enrol(device, server);
  const { cert, privateKey } = device.settings.paths;
  const folder = cert.replace(/\/[^/]+$/, '');
  writeFileSync(`${folder}/somebody-elses.pem`, 'kept');
  expect(await screen.deprovision()).toBe(true);
  expect(await screen.deprovision()).toBe(true);
  expect(server.deprovisioned).toEqual([machineId]);
  expect(await screen.getProvisionStatus()).toBe(false);
  expect(existsSync(privateKey)).toBe(false);
  expect(readdirSync(folder)).toEqual(['somebody-elses.pem']);
  const app = new ConnectApp(screen);
  await app.open();
  expect(app.page).toBe('link-machine');
});
