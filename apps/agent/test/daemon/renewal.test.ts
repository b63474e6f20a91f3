import { existsSync, readFileSync } from 'node:fs';
import { status } from '@grpc/grpc-js';
import type { AttemptResult } from '@org/device';
import { crossSign } from '@org/pki';
import { certificatePem } from '@org/x509';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Device } from '../../src/device/device.js';
import { DAY_MS, TestAuthority } from '../support/authority.js';
import { enrol, openDevice } from '../support/device.js';
import { folders } from '../support/folder.js';
import { MovingClock } from '../support/moving-clock.js';
import { settingsFor } from '../support/settings.js';
import { StandIn, type StandInOptions } from '../support/stand-in.js';

/** Of the certificates here. The agent looks around every hour, and time is not what this is to take. */
const LIFE_MS = 6 * DAY_MS;
const disk = folders();
const closing: (() => unknown)[] = [];
let authority: TestAuthority;

beforeAll(async () => {
  authority = await TestAuthority.make();
});

afterAll(async () => {
  for (const close of closing.reverse()) await close();
  disk.remove();
});

interface Life {
  readonly clock: MovingClock;
  readonly server: StandIn;
  /** As after a restart of the agent: nothing is open, nothing is known of the server. */
  restarted(): Promise<Device>;
}

/** A device that has just been enrolled, and its server; they share a clock. */
async function enrolled(options: Partial<StandInOptions> = {}): Promise<Life> {
  const clock = new MovingClock();
  const server = await serverWith({ clock, ...options });
  const home = disk.make();
  const restarted = async () => {
    const device = await openDevice(settingsFor(home, server), home, clock);
    closing.push(() => device.close());
    return device;
  };
  await enrol(await restarted(), server);
  return { clock, server, restarted };
}

async function serverWith(options: Partial<StandInOptions>, port = 0): Promise<StandIn> {
  const server = await StandIn.start({ authority, ...options }, port);
  closing.push(() => server.close());
  server.lifetimeMs = LIFE_MS;
  return server;
}

const certificateOf = async (device: Device) => (await device.report()).identity!.certificate;

/** Lets the device look after its certificate until it has been renewed so many times. */
async function lookedAfter(device: Device, renewals = 1): Promise<AttemptResult[]> {
  const stop = new AbortController();
  const results: AttemptResult[] = [];
  const onAttempt = (result: AttemptResult): void => {
    results.push(result);
    if (results.filter(({ attempt }) => attempt.outcome === 'renewed').length === renewals)
      stop.abort(new Error('enough'));
  };
  await expect(device.renewal.run({ onAttempt, signal: stop.signal })).rejects.toThrow('enough');
  return results;
}

describe('a certificate, while time goes by', () => {
  it('is renewed at two thirds of its life, again and again', async () => {
    const { clock, server, restarted } = await enrolled();
    const device = await restarted();
    const begin = clock.now();
    const results = await lookedAfter(device, 3);
    expect(results.map(({ attempt }) => attempt.outcome)).toEqual(['renewed', 'renewed', 'renewed']);
    const lives = (clock.now() - begin) / LIFE_MS;
    expect(lives).toBeGreaterThan(3 * 0.6);
    expect(lives).toBeLessThan(3 * 0.75);
    expect(server.calls.filter((name) => name === 'renew' || name === 'checkIn')).toEqual([
      'renew',
      'checkIn',
      'renew',
      'checkIn',
      'renew',
      'checkIn',
    ]);
    expect(server.machines.size).toBe(1);
    expect((await certificateOf(device)).notAfter).toBeGreaterThan(clock.now() + 0.9 * LIFE_MS);
  });

  it('is renewed in time although the server is down for the first half of the time for it', async () => {
    const { clock, server, restarted } = await enrolled();
    server.close();
    const device = await restarted();
    const { notAfter } = await certificateOf(device);
    let back: Promise<StandIn> | undefined;
    clock.onMove = (now) => {
      if (now < notAfter - LIFE_MS / 6) return undefined;
      const { certificates } = server;
      return (back ??= serverWith({ clock, certificates }, server.port));
    };
    const results = await lookedAfter(device);
    const failed = results.slice(0, -1);
    expect(failed.length).toBeGreaterThan(3);
    for (const { attempt } of failed) expect(attempt).toMatchObject({ outcome: 'failed', step: 'contact' });
    // Never so long apart that the end could come unnoticed.
    expect(clock.now()).toBeLessThan(notAfter - LIFE_MS / 12);
    expect((await certificateOf(device)).notAfter).toBeGreaterThan(notAfter);
  });

  it('stays in use when the server does not take the new one, until it takes one', async () => {
    const { clock, server, restarted } = await enrolled();
    const device = await restarted();
    const before = await certificateOf(device);
    clock.time += 0.8 * LIFE_MS;
    server.refusals.set('checkIn', { code: status.UNAUTHENTICATED, reason: 'certificate_unknown' });
    const refused = await device.renewal.attempt();
    expect(refused.attempt).toMatchObject({ outcome: 'failed', step: 'test', code: 'certificate_unknown' });
    expect((await certificateOf(device)).fingerprint).toBe(before.fingerprint);
    expect(existsSync(`${device.settings.paths.privateKey}.next`)).toBe(false);
    server.refusals.clear();
    // The old one still works.
    expect(await device.server.checkIn((await device.report()).identity!)).toBeDefined();
    expect((await device.renewal.attempt()).attempt).toMatchObject({ outcome: 'renewed' });
    expect((await certificateOf(device)).publicKey.equals(before.publicKey)).toBe(false);
  });

  it('that has expired is not renewed where the server does not allow it, and the device enrols again', async () => {
    const { clock, server, restarted } = await enrolled();
    const device = await restarted();
    clock.time += 1.5 * LIFE_MS;
    expect((await device.report()).state).toBe('expired');
    server.refusals.set('renew', { code: status.PERMISSION_DENIED, reason: 'certificate_expired' });
    expect((await device.renewal.attempt()).attempt).toMatchObject({
      step: 'request',
      code: 'certificate_expired',
    });
    expect(await device.renewal.status()).toMatchObject({ enrolAgain: true });
    const machineId = await enrol(device, server);
    expect(await device.report()).toMatchObject({ state: 'provisioned', identity: { machineId } });
    expect(await device.renewal.status()).toMatchObject({ enrolAgain: false });
    expect(server.machines.size).toBe(2);
  });

  it('that has expired is renewed where the server allows it', async () => {
    const { clock, server, restarted } = await enrolled();
    const device = await restarted();
    clock.time += 1.5 * LIFE_MS;
    const shown = server.shown;
    expect((await device.renewal.attempt()).attempt).toMatchObject({ outcome: 'renewed' });
    // It is a signature that proves the caller: no TLS connection is made with a certificate that has expired.
    expect(server.shown - shown).toBe(1);
    expect((await device.report()).state).toBe('provisioned');
    expect(await device.renewal.status()).toMatchObject({ enrolAgain: false });
  });
});

describe('a root that takes the place of another', () => {
  it('is taken over when the known one vouches for it, and is relied on from then on', async () => {
    const { clock, server, restarted } = await enrolled();
    const successor = await TestAuthority.make();
    const bridge = await crossSign(authority.root, successor.root.certificate, {
      now: Date.now() - DAY_MS,
      lifetimeMs: 1000 * DAY_MS,
    });
    server.close();
    const { certificates, port } = server;
    const between = { clock, certificates, issuer: successor, bridges: [certificatePem(bridge.der)] };
    const turning = await serverWith(between, port);
    const device = await restarted();
    clock.time += 0.8 * LIFE_MS;
    expect((await device.renewal.attempt()).attempt).toMatchObject({ outcome: 'renewed' });
    const roots = readFileSync(device.settings.paths.root, 'utf8');
    expect(roots).toContain(authority.rootPem);
    expect(roots).toContain(successor.rootPem);
    turning.close();
    await serverWith({ clock, authority: successor, certificates: turning.certificates }, port);
    const later = await restarted();
    expect(await later.server.checkIn((await later.report()).identity!)).toBeDefined();
  });

  it('is not when no one vouches for it', async () => {
    const { clock, server, restarted } = await enrolled();
    server.close();
    const issuer = await TestAuthority.make();
    await serverWith({ clock, certificates: server.certificates, issuer }, server.port);
    const device = await restarted();
    const before = await certificateOf(device);
    clock.time += 0.8 * LIFE_MS;
    expect((await device.renewal.attempt()).attempt).toMatchObject({
      step: 'check',
      code: 'root_not_trusted',
    });
    expect((await certificateOf(device)).fingerprint).toBe(before.fingerprint);
    expect(readFileSync(device.settings.paths.root, 'utf8')).toBe(authority.rootPem);
  });
});
