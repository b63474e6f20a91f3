import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Device } from '../../src/device/device.js';
import { serverAnchors } from '../../src/server/server-anchors.js';
import { TestAuthority } from '../support/authority.js';
import { enrol, openDevice } from '../support/device.js';
import { folders } from '../support/folder.js';
import { MechaServer } from '../support/mecha-server.js';
import { settingsFor } from '../support/settings.js';
import { StandIn } from '../support/stand-in.js';

const disk = folders();
const devices: Device[] = [];
let authority: TestAuthority;
let server: StandIn;

beforeAll(async () => {
  authority = await TestAuthority.make();
  server = await StandIn.start({ authority });
});

afterAll(async () => {
  for (const device of devices) await device.close();
  server?.close();
  disk.remove();
});

async function aDevice(settings: (home: string) => string): Promise<Device> {
  const home = disk.make();
  const device = await openDevice(settings(home), home);
  devices.push(device);
  return device;
}

const anchorsOf = ({ store, settings: { provisioning } }: Device) =>
  serverAnchors(server.url, { ...provisioning, store });

describe('what the server is verified by', () => {
  const withoutPin = (home: string, more: object = {}) =>
    settingsFor(home, undefined, { provisioning: { grpc_url: server.url, ...more } });

  it('is the root whose fingerprint is known, taken from the handshake', async () => {
    const device = await aDevice((home) => settingsFor(home, server));
    expect(await anchorsOf(device)).toEqual({ from: 'fingerprint', pem: authority.rootPem });
    await enrol(device, server);
    expect(await anchorsOf(device)).toEqual({ from: 'stored_root', pem: authority.rootPem });
  });

  it('is nothing when the server shows another root', async () => {
    const device = await aDevice((home) => withoutPin(home, { root_fingerprint: 'ab'.repeat(32) }));
    await expect(device.server.ping()).rejects.toMatchObject({ kind: 'unavailable', code: 'root_not_shown' });
  });

  it("is the file for it, first of all; without anything, the system's", async () => {
    const device = await aDevice(withoutPin);
    expect(await anchorsOf(device)).toEqual({ from: 'system', pem: undefined });
    await expect(device.server.ping()).rejects.toMatchObject({ code: 'server_not_trusted' });
    const { serverCaPath } = device.settings.provisioning;
    mkdirSync(dirname(serverCaPath), { recursive: true });
    writeFileSync(serverCaPath, authority.rootPem);
    expect(await anchorsOf(device)).toEqual({ from: 'file', pem: authority.rootPem });
    await device.server.ping();
    await enrol(device, server);
    expect((await anchorsOf(device)).from).toBe('file');
  });

  it("is the system's beside a root that only a server has sent", async () => {
    const device = await aDevice(withoutPin);
    const { serverCaPath } = device.settings.provisioning;
    mkdirSync(dirname(serverCaPath), { recursive: true });
    writeFileSync(serverCaPath, authority.rootPem);
    await enrol(device, server);
    writeFileSync(serverCaPath, '');
    const { from, pem } = await anchorsOf(device);
    expect(from).toBe('stored_root');
    expect(pem).toContain(authority.rootPem);
    expect(pem!.length).toBeGreaterThan(10 * authority.rootPem.length);
  });

  it('is a root that somebody has put on the disk, alone', async () => {
    const device = await aDevice(withoutPin);
    mkdirSync(dirname(device.settings.paths.root), { recursive: true });
    writeFileSync(device.settings.paths.root, authority.rootPem);
    expect(await anchorsOf(device)).toEqual({ from: 'stored_root', pem: authority.rootPem });
    await enrol(device, server);
    expect(await anchorsOf(device)).toEqual({ from: 'stored_root', pem: authority.rootPem });
  });
});

describe('the wire', () => {
  it("is mecha-agent's where the settings know of no other", async () => {
    const mecha = await MechaServer.start(authority);
    const device = await aDevice((home) =>
      settingsFor(home, undefined, { provisioning: { server_url: mecha.url } }),
    );
    try {
      const machineId = await device.enrolment.run({ onCode: () => {} });
      expect(machineId).toBe('m-1');
      expect(mecha.calls).toContain('POST /sign');
      const { attempt } = await device.renewal.attempt({ force: true });
      expect(attempt.outcome).toBe('renewed');
      expect(mecha.calls).toContain('POST /v1/provisioning/cert/sign');
      expect(await device.deprovision()).toBe('not_possible');
    } finally {
      mecha.close();
    }
  });

  it("is mecha-agent's where the gRPC server has no EnrolmentService, and is asked once", async () => {
    const mecha = await MechaServer.start(authority);
    const old = await StandIn.start({ authority, enrols: false });
    const device = await aDevice((home) =>
      settingsFor(home, old, {
        provisioning: {
          grpc_url: old.url,
          server_url: mecha.url,
          root_fingerprint: authority.fingerprint,
        },
      }),
    );
    try {
      expect(device.server.adopt).toBeUndefined();
      expect(await device.enrolment.run({ onCode: () => {} })).toBe('m-1');
      expect(device.server.adopt?.('ABC123')).toMatchObject({ code: 'ABC123' });
      old.close();
      await device.server.ping();
    } finally {
      old.close();
      mecha.close();
    }
  });

  it('stays undecided while the server cannot be reached', async () => {
    const mecha = await MechaServer.start(authority);
    const device = await aDevice((home) =>
      settingsFor(home, undefined, {
        provisioning: { grpc_url: 'http://127.0.0.1:1', server_url: mecha.url },
      }),
    );
    try {
      await expect(device.server.ping()).rejects.toMatchObject({ kind: 'unavailable' });
      await expect(device.server.ping()).rejects.toMatchObject({ kind: 'unavailable' });
      expect(mecha.calls).toEqual([]);
    } finally {
      mecha.close();
    }
  });

  it('lets one caller give up without ending the wait of another', async () => {
    const device = await aDevice((home) => settingsFor(home, server));
    const hasty = device.server.ping(AbortSignal.abort());
    const patient = device.server.ping();
    await expect(hasty).rejects.toThrow(/abort/i);
    expect(await patient).toHaveProperty('serverTime');
  });
});
