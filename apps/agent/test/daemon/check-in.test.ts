import { status } from '@grpc/grpc-js';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { pino } from 'pino';
import { checkIn } from '../../src/daemon/check-in-loop.js';
import { DaemonState } from '../../src/daemon/state.js';
import type { Device } from '../../src/device/device.js';
import { TestAuthority } from '../support/authority.js';
import { enrol, openDevice } from '../support/device.js';
import { folders } from '../support/folder.js';
import { settingsFor } from '../support/settings.js';
import { StandIn } from '../support/stand-in.js';

const disk = folders();
let server: StandIn;
let device: Device;

beforeAll(async () => {
  server = await StandIn.start({ authority: await TestAuthority.make() });
  const home = disk.make();
  device = await openDevice(settingsFor(home, server), home);
  await enrol(device, server);
});

afterAll(async () => {
  await device?.close();
  server?.close();
  disk.remove();
});

describe('a check-in', () => {
  const log = pino({ level: 'silent' });
  const notify = { ready() {}, status() {}, stopping() {}, close: async () => {} };
  const signal = new AbortController().signal;
  const checkInNow = async (): Promise<DaemonState> => {
    const state = new DaemonState();
    await checkIn({ device, log, notify, state }, signal);
    return state;
  };

  it('has the certificate renewed when the server asks for it', async () => {
    expect((await checkInNow()).accepted).toBe(true);
    expect((await device.renewal.status())!.decision.action).toBe('wait');
    server.renewAt = Date.now() - 60_000;
    await checkInNow();
    expect((await device.renewal.status())!.decision).toEqual({ action: 'renew', reason: 'due' });
    const { attempt } = await device.renewal.attempt();
    expect(attempt.outcome).toBe('renewed');
  });

  it('finds out that the certificate is no longer accepted, and does not take an outage for that', async () => {
    server.refusals.set('checkIn', { code: status.PERMISSION_DENIED, reason: 'certificate_revoked' });
    expect((await checkInNow()).accepted).toBe(false);
    expect(await device.renewal.status()).toMatchObject({ revoked: true });
    server.refusals.set('checkIn', { code: status.UNAVAILABLE, reason: 'shutting_down' });
    expect((await checkInNow()).accepted).toBeUndefined();
    expect(await device.renewal.status()).toMatchObject({ revoked: true });
    server.refusals.clear();
    expect((await checkInNow()).accepted).toBe(true);
    expect(await device.renewal.status()).toMatchObject({ revoked: false });
  });

  it('says nothing where something on the way keeps the certificate to itself; it can be renewed all the same', async () => {
    const required = { code: status.UNAUTHENTICATED, reason: 'client_certificate_required' };
    server.refusals.set('checkIn', required);
    expect((await checkInNow()).accepted).toBeUndefined();
    const { attempt } = await device.renewal.attempt({ force: true });
    expect(attempt.outcome).toBe('renewed');
    server.refusals.clear();
  });
});
