import { status } from '@grpc/grpc-js';
import {
  type PendingEnrolment,
  type Identity,
  FileKeyStore,
  isRefusal,
  nodeFileSystem,
  requestFor,
} from '@org/device';
import { type ProvisionError, Secret, systemClock } from '@org/domain';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Device } from '../../src/device/device.js';
import { openChannel } from '../../src/enrolment-api/grpc-channel.js';
import { GrpcWire } from '../../src/enrolment-api/grpc-wire.js';
import { TestAuthority } from '../support/authority.js';
import { enrol, openDevice } from '../support/device.js';
import { folders } from '../support/folder.js';
import { HttpAnswers } from '../support/http-answers.js';
import { settingsFor } from '../support/settings.js';
import { StandIn } from '../support/stand-in.js';

const disk = folders();
let authority: TestAuthority;
let server: StandIn;
let wire: GrpcWire;

beforeAll(async () => {
  authority = await TestAuthority.make();
  const bootstrap = { url: 'https://bootstrap.example/', externalId: 'ext-1', externalKey: 'hunter2' };
  server = await StandIn.start({ authority, bootstrap });
  wire = wireTo(server.url);
});

beforeEach(() => {
  server.refusals.clear();
  server.calls.length = 0;
});

afterAll(async () => {
  await wire?.close();
  server?.close();
  disk.remove();
});

const wireTo = (url: string, anchors: string | undefined = authority.rootPem): GrpcWire =>
  new GrpcWire({ url, anchors: async () => anchors });

async function aKey() {
  const key = await new FileKeyStore(`${disk.make()}/key.pem`, nodeFileSystem()).prepare('P-256');
  return { key, csr: await requestFor(key) };
}

async function begin(): Promise<{ begun: PendingEnrolment; csr: string }> {
  const { key, csr } = await aKey();
  const begun = await wire.begin({ csr, keyFingerprint: key.fingerprint, device: { serial: 'SN-1' } });
  return { begun, csr };
}

const refused = (work: Promise<unknown>): Promise<ProvisionError> =>
  work.then(
    () => Promise.reject(new Error('it was not refused')),
    (error: ProvisionError) => error,
  );

describe('an enrolment', () => {
  it('shows what the server says, and waits for its word', async () => {
    const { begun, csr } = await begin();
    expect(begun).toMatchObject({
      code: expect.stringMatching(/^BCDF-GHJ/),
      address: 'https://provision.example/enrol',
      lifetimeMs: 600_000,
      intervalMs: 1000,
    });
    expect(await wire.poll(begun)).toEqual({ state: 'pending', intervalMs: 1000 });
    const changed = wire.awaitChange(begun);
    const machineId = server.approve(begun.code);
    expect(await changed).toBe(true);
    const grant = { machineId };
    expect(await wire.poll(begun)).toEqual({ state: 'approved', grant });
    const issued = await wire.redeem({ begun, grant, csr });
    expect(issued).toMatchObject({
      root: authority.rootPem,
      bootstrap: { baseUrl: 'https://bootstrap.example', externalId: 'ext-1' },
    });
    expect(issued.bootstrap!.externalKey.reveal()).toBe('hunter2');
    // The answer is lost, and the device asks from the beginning.
    expect(await wire.poll(begun)).toEqual({ state: 'approved', grant });
    expect((await wire.redeem({ begun, grant, csr })).certificate).toBe(issued.certificate);
  });

  it('is over when the server does not know it (any more), and when it began on another wire', async () => {
    const { begun } = await begin();
    expect(await wire.poll({ ...begun, secret: new Secret('unknown') })).toEqual({ state: 'expired' });
    expect(await wire.poll({ ...begun, secret: undefined })).toEqual({ state: 'expired' });
    expect(await wire.awaitChange({ ...begun, secret: undefined })).toBe(false);
  });

  it('goes on without the stream where there is none', async () => {
    const { begun } = await begin();
    const elsewhere = wireTo('https://127.0.0.1:1');
    expect(await elsewhere.awaitChange(begun)).toBe(false);
    await elsewhere.close();
  });

  it('stops when it is told to, streams included', async () => {
    const { begun } = await begin();
    const stop = new AbortController();
    const waiting = wire.awaitChange(begun, stop.signal);
    stop.abort();
    await expect(waiting).rejects.toThrow(/abort/i);
    await expect(wire.poll(begun, stop.signal)).rejects.toThrow(/abort/i);
  });

  it('refuses an answer for another key', async () => {
    const { csr } = await aKey();
    const error = await refused(wire.begin({ csr, keyFingerprint: 'other', device: {} }));
    expect(error).toMatchObject({ kind: 'ambiguous', code: 'another_key_enrolled' });
  });

  it('gets the time of day from the server', async () => {
    const before = Date.now();
    const { serverTime } = await wire.ping();
    // It tells whole seconds.
    expect(serverTime!).toBeGreaterThan(before - 1_000);
    expect(serverTime!).toBeLessThanOrEqual(Date.now());
  });
});

describe('what goes wrong', () => {
  it('keeps the code and the pause that the server gives', async () => {
    server.refusals.set('begin', {
      code: status.RESOURCE_EXHAUSTED,
      reason: 'too_many_devices',
      retryAfterS: 7.5,
    });
    const error = await refused(begin());
    expect(error).toMatchObject({
      kind: 'unavailable',
      code: 'too_many_devices',
      message: 'The provisioning server says: Refused: too_many_devices.',
      details: { retryAfterMs: 7500 },
    });
  });

  it.each([
    [status.INVALID_ARGUMENT, 'invalid'],
    [status.UNAUTHENTICATED, 'unauthenticated'],
    [status.PERMISSION_DENIED, 'forbidden'],
    [status.FAILED_PRECONDITION, 'conflict'],
    [status.ABORTED, 'unavailable'],
    [status.INTERNAL, 'ambiguous'],
    [status.UNKNOWN, 'ambiguous'],
    [status.DEADLINE_EXCEEDED, 'ambiguous'],
  ])('takes status %s for %s', async (code, kind) => {
    server.refusals.set('begin', { code, reason: 'a_reason' });
    const error = await refused(begin());
    expect(error).toMatchObject({ kind, code: 'a_reason' });
    expect(isRefusal(error)).toBe(kind !== 'unavailable' && kind !== 'ambiguous');
  });

  it.each([
    [status.UNIMPLEMENTED, 'unavailable'],
    [status.NOT_FOUND, 'unavailable'],
    [status.UNAUTHENTICATED, 'unavailable'],
    [status.PERMISSION_DENIED, 'unavailable'],
    [status.UNKNOWN, 'ambiguous'],
  ])('takes status %s for no word of the server where nothing says that it is: %s', async (code, kind) => {
    server.refusals.set('begin', { code, reason: '' });
    const error = await refused(begin());
    expect(error).toMatchObject({ kind, code: `grpc_${status[code].toLowerCase()}` });
    expect(isRefusal(error)).toBe(false);
  });

  it.each([401, 403, 404, 502])('does not take HTTP status %s for an answer of the server', async (code) => {
    const proxy = await HttpAnswers.start(code);
    const wire = new GrpcWire({ url: proxy.url, anchors: async () => undefined });
    expect(await refused(wire.ping())).toMatchObject({
      kind: 'unavailable',
      code: 'proxy_answered',
      message: expect.stringContaining(`status ${code}`),
    });
    await wire.close();
    await proxy.close();
  });

  it('says what the clock says when the certificate of the server is not valid yet', async () => {
    const day = 86_400e3;
    const tomorrow = { ...systemClock, now: () => Date.now() + 2 * day };
    const ahead = await TestAuthority.make(tomorrow);
    const later = await StandIn.start({ authority: ahead });
    const wire = wireTo(later.url, ahead.rootPem);
    expect(await refused(wire.ping())).toMatchObject({
      kind: 'unavailable',
      code: 'server_not_trusted',
      message: expect.stringMatching(/not yet valid\. The clock here says [\d-]+ [\d:]+ UTC: set it/),
    });
    await wire.close();
    later.close();
  });

  it('says that no one is there, and that someone else is', async () => {
    const nobody = wireTo('https://127.0.0.1:1');
    expect(await refused(nobody.ping())).toMatchObject({
      kind: 'unavailable',
      message: expect.stringContaining('cannot be reached'),
    });
    await nobody.close();
    for (const anchors of [undefined, (await TestAuthority.make()).rootPem]) {
      const stranger = new GrpcWire({ url: server.url, anchors: async () => anchors });
      expect(await refused(stranger.ping())).toMatchObject({
        kind: 'unavailable',
        code: 'server_not_trusted',
        message: expect.stringMatching(/certificate/i),
      });
      expect((await refused(stranger.ping())).message).not.toContain('Node.js');
      await stranger.close();
    }
    expect(server.calls).toEqual([]);
  });

  it('gives no advice about Node.js, for a chain that ends below its root', async () => {
    const wire = wireTo(server.url, authority.issuingPem);
    const { code, message } = await refused(wire.ping());
    expect(code).toBe('server_not_trusted');
    expect(message).toMatch(/unable to get issuer certificate\. "provision-agent doctor" says more\.$/);
    await wire.close();
  });
});

describe('a channel', () => {
  const url = 'https://127.0.0.1:1';

  it('says that TLS does not take what is on the device', () => {
    const key = { pem: new Secret('rubbish') };
    const identity = {
      certificate: authority.root.certificate,
      intermediates: [],
      key,
    } as object as Identity;
    const open = () => openChannel({ url, anchors: authority.rootPem, identity });
    expect(open).toThrow(expect.objectContaining({ kind: 'invalid', code: 'tls_material_unusable' }));
  });

  it('does not blame that for a defect', () => {
    const anchors = 5 as unknown as string;
    expect(() => openChannel({ url, anchors })).toThrow(expect.objectContaining({ name: 'TypeError' }));
  });
});

describe('a machine', () => {
  let device: Device;
  let identity: Identity;

  beforeAll(async () => {
    const home = disk.make();
    device = await openDevice(settingsFor(home, server), home);
    await enrol(device, server);
    identity = (await device.report()).identity!;
  });

  afterAll(() => device?.close());

  it('shows its certificate by TLS to renew, to check in and to leave', async () => {
    const { csr } = await aKey();
    const issued = await wire.renew({ identity, csr, expired: false });
    expect(issued.certificate).toContain('BEGIN CERTIFICATE');
    server.renewAt = 1_900_000_000_000;
    expect(await wire.checkIn(identity)).toMatchObject({ renewAt: 1_900_000_000_000 });
    server.renewAt = undefined;
    expect(await wire.deprovision(identity)).toBe(true);
    expect(server.deprovisioned).toContain(identity.machineId);
    expect(server.calls).toEqual(['renew', 'checkIn', 'deprovision']);
  });

  it('signs instead where TLS cannot show it: after expiry, with a key that never leaves its store, without TLS', async () => {
    const chip: Identity = { ...identity, key: { ...identity.key, pem: undefined } };
    const plain = await StandIn.start({ authority, tls: false });
    for (const [, pem] of server.certificates) plain.certificates.set(pem, pem);
    const plainWire = new GrpcWire({ url: plain.url, anchors: async () => undefined });
    try {
      for (const [each, over, expired] of [
        [identity, wire, true],
        [chip, wire, false],
        [identity, plainWire, false],
      ] as const) {
        const { csr } = await aKey();
        const issued = await over.renew({ identity: each, csr, expired });
        expect(issued.certificate).toContain('BEGIN CERTIFICATE');
      }
      expect(await wire.checkIn(chip)).toBeUndefined();
      expect(await plainWire.checkIn(identity)).toBeUndefined();
      expect(await plainWire.deprovision(identity)).toBe(false);
    } finally {
      await plainWire.close();
      plain.close();
    }
  });

  it('signs also where something on the way has kept its certificate to itself', async () => {
    const { csr } = await aKey();
    const known = new Map(server.certificates);
    server.certificates.clear();
    const error = await refused(wire.renew({ identity, csr, expired: false }));
    for (const [key, pem] of known) server.certificates.set(key, pem);
    // Twice: with the certificate, then with a signature.
    expect(server.calls).toEqual(['renew', 'renew']);
    expect(error).toMatchObject({ kind: 'unauthenticated', code: 'proof_missing' });
  });
});
