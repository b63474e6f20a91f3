import { status } from '@grpc/grpc-js';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { pino } from 'pino';
import { runDaemon } from '../../src/daemon/daemon.js';
import { DaemonState } from '../../src/daemon/state.js';
import type { Device } from '../../src/device/device.js';
import { DAY_MS, TestAuthority } from '../support/authority.js';
import { enrol, openDevice } from '../support/device.js';
import { folders } from '../support/folder.js';
import { MovingClock } from '../support/moving-clock.js';
import { settingsFor } from '../support/settings.js';
import { StandIn } from '../support/stand-in.js';

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

const log = pino({ level: 'silent' });
const notify = { ready() {}, status() {}, stopping() {}, close: async () => {} };

/** Lets the daemon do its work until `isEnough`. */
async function daemonUntil(device: Device, isEnough: () => boolean | Promise<boolean>): Promise<void> {
  const stop = new AbortController();
  const running = runDaemon({ device, log, notify, state: new DaemonState() }, stop.signal);
  running.catch(() => undefined);
  try {
    while (!(await isEnough())) await new Promise((resolve) => setTimeout(resolve, 10));
  } finally {
    stop.abort(new Error('enough'));
    await expect(running).rejects.toThrow('enough');
  }
}

/** A device whose certificate has expired, and a server that does not renew it. */
async function refused() {
  const clock = new MovingClock();
  const server = await StandIn.start({ authority, clock });
  server.lifetimeMs = LIFE_MS;
  const home = disk.make();
  const opened = async (): Promise<Device> => {
    const device = await openDevice(settingsFor(home, server), home, clock);
    closing.push(() => device.close());
    return device;
  };
  closing.push(() => server.close());
  await enrol(await opened(), server);
  clock.time += 1.5 * LIFE_MS;
  server.refusals.set('renew', { code: status.PERMISSION_DENIED, reason: 'certificate_expired' });
  return { clock, server, opened };
}

/** Until it waits for the approval of a code: nothing is under way then. */
const waits = ({ calls }: StandIn) => calls.at(-1) === 'await';
const codeAt = ({ waiting }: StandIn): string => [...waiting.values()].at(-1)!.code;
const isProvisioned = async (device: Device) => (await device.report()).state === 'provisioned';

describe('a device whose certificate the server no longer renews', () => {
  it('shows a code, and takes what has been approved after a restart', async () => {
    const { server, opened } = await refused();
    await daemonUntil(await opened(), () => waits(server));
    const machineId = server.approve(codeAt(server));
    server.calls.length = 0;

    const restarted = await opened();
    await daemonUntil(restarted, () => isProvisioned(restarted));
    expect((await restarted.report()).identity).toMatchObject({ machineId });
    expect(await restarted.renewal.status()).toMatchObject({ enrolAgain: false });
    expect(server.calls).not.toContain('renew');
    // The first one, and this one.
    expect(server.waiting.size).toBe(2);
    expect(server.machines.size).toBe(2);
  });

  it('shows the same code again after a restart, as long as it takes', async () => {
    const { server, opened } = await refused();
    await daemonUntil(await opened(), () => waits(server));
    const code = codeAt(server);
    server.calls.length = 0;
    const restarted = await opened();
    await daemonUntil(restarted, () => waits(server));
    expect(await restarted.enrolment.pending()).toMatchObject({ code });
    expect(server.waiting.size).toBe(2);
  });

  it('goes on with its code after errors that are not waited through', async () => {
    const { server, opened } = await refused();
    const device = await opened();
    const provisioned = daemonUntil(device, () => isProvisioned(device));
    const until = async (isSo: () => boolean): Promise<void> => {
      while (!isSo()) await new Promise((resolve) => setTimeout(resolve, 10));
    };
    await until(() => waits(server));
    server.refusals.set('poll', { code: status.PERMISSION_DENIED, reason: 'device_blocked' });
    server.calls.length = 0;
    const machineId = server.approve(codeAt(server));
    await until(() => server.calls.length > 2);
    server.refusals.delete('poll');
    await provisioned;
    expect((await device.report()).identity).toMatchObject({ machineId });
    expect(server.calls).not.toContain('renew');
    expect(server.waiting.size).toBe(2);
  });
});
