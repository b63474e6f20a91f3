import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import * as tls from 'node:tls';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type Clock, systemClock } from '@org/domain';
import { status } from '@grpc/grpc-js';
import type { Device } from '../../src/device/device.js';
import { EnrolmentApiClient } from '../../src/enrolment-api/client.js';
import { serverAnchors } from '../../src/enrolment-api/server-anchors.js';
import { DAY_MS, TestAuthority } from '../support/authority.js';
import { enrol, openDevice } from '../support/device.js';
import { folders } from '../support/folder.js';
import { HttpAnswers } from '../support/http-answers.js';
import { MechaServer } from '../support/mecha-server.js';
import { MovingClock } from '../support/moving-clock.js';
import { settingsFor } from '../support/settings.js';
import { StandIn, type StandInOptions } from '../support/stand-in.js';

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

async function aDevice(
  settings: (home: string) => string,
  clock: Clock = systemClock,
  home = disk.make(),
): Promise<Device> {
  const device = await openDevice(settings(home), home, clock);
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

  it('may be written as other systems write files, on the disk too', async () => {
    const device = await aDevice(withoutPin);
    const { serverCaPath } = device.settings.provisioning;
    mkdirSync(dirname(serverCaPath), { recursive: true });
    const text = authority.rootPem.replaceAll('\n', ' \r').replaceAll(' CERT', ' X509 CERT');
    writeFileSync(serverCaPath, `# ours\r${text}`);
    expect(await anchorsOf(device)).toEqual({ from: 'file', pem: authority.rootPem });
    writeFileSync(serverCaPath, 'no certificate');
    await expect(anchorsOf(device)).rejects.toMatchObject({
      code: 'pem_malformed',
      message: expect.stringMatching(`^${serverCaPath}: There is no PEM block`),
    });
    writeFileSync(serverCaPath, '');
    mkdirSync(dirname(device.settings.paths.root), { recursive: true });
    writeFileSync(device.settings.paths.root, text);
    expect(await anchorsOf(device)).toEqual({ from: 'stored_root', pem: authority.rootPem });
  });

  it('is a root that someone has put on the disk, alone', async () => {
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

  describe("is mecha-agent's where the gRPC server has no EnrolmentService", () => {
    let mecha: MechaServer;
    let old: StandIn;

    beforeEach(async () => {
      mecha = await MechaServer.start(authority);
      old = await StandIn.start({ authority, enrols: false });
    });

    afterEach(() => {
      old.close();
      mecha.close();
    });

    const at = (serverUrl: string | undefined) => (home: string) =>
      settingsFor(home, old, {
        provisioning: {
          grpc_url: old.url,
          server_url: serverUrl,
          root_fingerprint: authority.fingerprint,
        },
      });

    const MINUTE_MS = 60e3;
    /** Another server, where the old one was. */
    const serve = (more: Partial<StandInOptions>): Promise<StandIn> =>
      StandIn.start({ authority, ...more }, old.port);

    it('as long as that is so', async () => {
      const clock = new MovingClock();
      const device = await aDevice(at(mecha.url), clock);
      expect(device.server.adopt).toBeUndefined();
      expect(await device.enrolment.run({ onCode: () => {} })).toBe('m-1');
      expect(device.server.adopt?.('ABC123')).toMatchObject({ code: 'ABC123' });
      old.close();
      clock.time += MINUTE_MS;
      await device.server.ping();
      const newer = await serve({});
      try {
        await device.server.ping();
        expect((await device.server.wire()).name).toBe('http');
        clock.time += MINUTE_MS;
        await device.server.ping();
        expect((await device.server.wire()).name).toBe('grpc');
        expect(device.server.adopt).toBeUndefined();
      } finally {
        newer.close();
      }
    });

    it('but not for an enrolment that has begun over gRPC', async () => {
      old.close();
      const home = disk.make();
      const first = await serve({});
      const beginning = await aDevice(at(mecha.url), systemClock, home);
      const { code } = await beginning.enrolment.begin();
      const machineId = first.approve(code);
      first.refusals.set('redeem', { code: status.UNAVAILABLE, reason: '' });
      await expect(beginning.enrolment.step()).rejects.toMatchObject({ kind: 'unavailable' });
      first.close();

      const proxy = await serve({ enrols: false });
      const device = await aDevice(at(mecha.url), systemClock, home);
      await device.server.ping();
      await expect(device.enrolment.step()).rejects.toMatchObject({
        kind: 'unavailable',
        code: 'grpc_unimplemented',
      });
      proxy.close();

      const back = await serve({ waiting: first.waiting });
      try {
        expect(await device.enrolment.step()).toEqual({ state: 'provisioned', machineId });
        expect(mecha.calls).toEqual(['GET /v1/ping']);
      } finally {
        back.close();
      }
    });

    it('and stays so for an enrolment that has begun there', async () => {
      const clock = new MovingClock();
      const device = await aDevice(at(mecha.url), clock);
      await device.enrolment.begin();
      old.close();
      const newer = await serve({});
      try {
        clock.time += MINUTE_MS + 1000;
        expect(await device.enrolment.run({ onCode: () => {} })).toBe('m-1');
        expect((await device.server.wire()).name).toBe('grpc');
        expect(newer.waiting.size).toBe(0);
      } finally {
        newer.close();
      }
    });

    it('and no longer for those who only check in, or are given up', async () => {
      const clock = new MovingClock();
      const device = await aDevice(at(mecha.url), clock);
      await device.enrolment.run({ onCode: () => {} });
      const identity = (await device.report()).identity!;
      expect(await device.server.checkIn(identity)).toBeUndefined();
      old.close();
      const newer = await serve({ certificates: mecha.certificates });
      try {
        clock.time += MINUTE_MS;
        expect(await device.server.checkIn(identity)).toMatchObject({ serverTime: expect.any(Number) });
        expect(await device.deprovision()).toBe('told');
      } finally {
        newer.close();
      }
    });

    it('and says so once', async () => {
      const { settings, store } = await aDevice(at(mecha.url));
      let told = 0;
      const asked = new EnrolmentApiClient({
        settings: settings.provisioning,
        store,
        onFallBack: () => (told += 1),
      });
      for (let n = 0; n < 3; n++) await asked.ping();
      await asked.close();
      expect(told).toBe(1);
      expect(mecha.calls).toEqual(['GET /v1/ping', 'GET /v1/ping', 'GET /v1/ping']);
    });

    it.each([undefined, 'http://localhost:3000'])(
      'and the settings say where to find that one: %s is what nobody has chosen',
      async (serverUrl) => {
        const device = await aDevice(at(serverUrl));
        await expect(device.server.ping()).rejects.toMatchObject({
          kind: 'unavailable',
          code: 'grpc_unimplemented',
          message: expect.stringContaining('provisioning.server_url'),
        });
      },
    );
  });

  it("is not mecha-agent's for what an ingress says whose server is only starting", async () => {
    const mecha = await MechaServer.start(authority);
    const ingress = await HttpAnswers.start(404);
    const { port, url } = ingress;
    const device = await aDevice((home) =>
      settingsFor(home, undefined, { provisioning: { grpc_url: url, server_url: mecha.url } }),
    );
    let started: StandIn | undefined;
    try {
      await expect(device.server.ping()).rejects.toMatchObject({
        kind: 'unavailable',
        code: 'proxy_answered',
      });
      await ingress.close();
      started = await StandIn.start({ authority, tls: false }, port);
      await device.server.ping();
      expect((await device.server.wire()).name).toBe('grpc');
      expect(mecha.calls).toEqual([]);
    } finally {
      started?.close();
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

describe('a device whose certificate the server has revoked', () => {
  it('may be given up: the server knows', async () => {
    const device = await aDevice((home) => settingsFor(home, server));
    const machineId = await enrol(device, server);
    await device.server.deprovision((await device.report()).identity!);
    expect(server.deprovisioned).toContain(machineId);
    expect(await device.deprovision()).toBe('told');
  });
});

describe("mecha-agent's wire over TLS", () => {
  let mecha: MechaServer;
  let pinned: TestAuthority;
  const ofTheSystem = tls.getCACertificates('default');

  beforeAll(async () => {
    mecha = await MechaServer.start(authority, { tls: true });
    pinned = await TestAuthority.make();
    tls.setDefaultCACertificates([...ofTheSystem, authority.rootPem]);
  });

  afterAll(() => {
    tls.setDefaultCACertificates(ofTheSystem);
    mecha?.close();
  });

  const client = () =>
    aDevice((home) => settingsFor(home, undefined, { provisioning: { server_url: mecha.url } }));
  const pin = ({ settings }: Device, root: TestAuthority): void => {
    const { serverCaPath } = settings.provisioning;
    mkdirSync(dirname(serverCaPath), { recursive: true });
    writeFileSync(serverCaPath, root.rootPem);
  };

  it("takes a server that the system's authorities vouch for", async () => {
    const device = await client();
    await device.server.ping();
    expect(mecha.calls).toEqual(['GET /v1/ping']);
  });

  it('takes none but that of the pinned root, and notices at once when another root is pinned', async () => {
    const device = await client();
    pin(device, pinned);
    await expect(device.server.ping()).rejects.toMatchObject({ kind: 'unavailable', code: 'connect_failed' });
    pin(device, authority);
    await device.server.ping();
    pin(device, pinned);
    await expect(device.server.ping()).rejects.toMatchObject({ code: 'connect_failed' });
  });

  it('says what the clock says when the certificate of the server is not valid yet', async () => {
    const tomorrow = { ...systemClock, now: () => Date.now() + 2 * DAY_MS };
    const ahead = await TestAuthority.make(tomorrow);
    const later = await MechaServer.start(ahead, { tls: true });
    const device = await aDevice((home) =>
      settingsFor(home, undefined, { provisioning: { server_url: later.url } }),
    );
    pin(device, ahead);
    await expect(device.server.ping()).rejects.toMatchObject({
      kind: 'unavailable',
      message: expect.stringMatching(/CERT_NOT_YET_VALID\)\. The clock here says [\d-]+ [\d:]+ UTC: set it/),
    });
    later.close();
  });
});
