import { status } from '@grpc/grpc-js';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Device } from '../../src/device/device.js';
import { DAY_MS, TestAuthority } from '../support/authority.js';
import { enrol, openDevice } from '../support/device.js';
import { folders } from '../support/folder.js';
import { MovingClock } from '../support/moving-clock.js';
import { settingsFor } from '../support/settings.js';
import { StandIn } from '../support/stand-in.js';

const LIFE_MS = 6 * DAY_MS;
const disk = folders();
let authority: TestAuthority;
let clock: MovingClock;
let server: StandIn;
let device: Device;

beforeAll(async () => {
  authority = await TestAuthority.make();
});

beforeEach(async () => {
  clock = new MovingClock();
  server = await StandIn.start({ authority, clock });
  server.lifetimeMs = LIFE_MS;
  const home = disk.make();
  device = await openDevice(settingsFor(home, server), home, clock);
});

afterEach(async () => {
  await device.close();
  server.close();
  disk.remove();
});

/** Without the server's ErrorInfo, as a proxy says it: HTTP 404, 403 and 401, or the same in gRPC's words. */
const SAID = [status.UNIMPLEMENTED, status.PERMISSION_DENIED, status.UNAUTHENTICATED, status.NOT_FOUND];

describe('what is refused by something before the server', () => {
  it('does not end an enrolment that has been approved', async () => {
    const { code } = await device.enrolment.begin();
    const machineId = server.approve(code);
    for (const each of SAID) {
      server.refusals.set('redeem', { code: each, reason: '' });
      await expect(device.enrolment.step()).rejects.toMatchObject({ kind: 'unavailable' });
      expect(await device.enrolment.begin()).toMatchObject({ code });
    }
    server.refusals.clear();
    expect(await device.enrolment.step({ code })).toEqual({ state: 'provisioned', machineId });
    expect(server.machines.size).toBe(1);
    expect(server.waiting.size).toBe(1);
  });

  it('does not lose a code that waits', async () => {
    const { code } = await device.enrolment.begin();
    for (const each of SAID) {
      server.refusals.set('poll', { code: each, reason: '' });
      await expect(device.enrolment.step()).rejects.toMatchObject({ kind: 'unavailable' });
      expect(await device.enrolment.begin()).toMatchObject({ code });
    }
  });

  it('does not end an identity whose certificate has expired', async () => {
    const machineId = await enrol(device, server);
    clock.time += 1.5 * LIFE_MS;
    for (const each of SAID) {
      server.refusals.set('renew', { code: each, reason: '' });
      expect((await device.renewal.attempt()).attempt).toMatchObject({ outcome: 'failed', step: 'request' });
      expect(await device.renewal.status()).toMatchObject({ enrolAgain: false });
    }
    const key = (await device.store.keys.next())!.fingerprint;
    server.refusals.clear();
    expect((await device.renewal.attempt()).attempt.outcome).toBe('renewed');
    expect((await device.report()).identity).toMatchObject({ machineId, key: { fingerprint: key } });
    expect(server.machines.size).toBe(1);
  });

  it('is said for what it is, before anything else is tried', async () => {
    await enrol(device, server);
    clock.time += 1.5 * LIFE_MS;
    server.refusals.set('getTrustAnchors', { code: status.PERMISSION_DENIED, reason: '' });
    expect((await device.renewal.attempt()).attempt).toMatchObject({
      step: 'contact',
      code: 'grpc_permission_denied',
    });
  });
});
