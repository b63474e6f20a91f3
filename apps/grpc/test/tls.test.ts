import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { type KeyObject, X509Certificate, createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { credentials as grpcCredentials } from '@grpc/grpc-js';
import { readCsr } from '@org/x509';
import { enrolmentV1 } from '@org/proto';
import type { Server } from '@org/server';
import { type RunningApp, startApp } from './support/app.js';
import { type Identity, Opened, ask, csrOf, enrol, newKey, refusal } from './support/device.js';
import { handshake } from './support/handshake.js';

const opened = new Opened();
let folder: string;
let app: RunningApp;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'provision-tls-'));
  app = await startApp();
});
afterEach(() => opened.close());
afterAll(async () => {
  await app.close();
  rmSync(folder, { recursive: true });
});

const checkIn = (running: RunningApp, identity?: Identity) => {
  const { enrolment } = opened.connect(running, identity);
  return ask<enrolmentV1.CheckInResponse>((done) => enrolment.checkIn({}, done));
};

describe('the certificate of the built-in authority', () => {
  it('comes with its chain up to the root, so that a device may know that by its fingerprint', async () => {
    const chain = await handshake(app.address);
    expect(chain.length).toBeGreaterThan(2);
    const fingerprint = (der: Buffer) => createHash('sha256').update(der).digest('hex');
    expect(fingerprint(chain.at(-1)!)).toBe(fingerprint(new X509Certificate(app.root).raw));
    expect(new X509Certificate(chain[0]!).checkIP('127.0.0.1')).toBe('127.0.0.1');
  });

  it('is renewed in time, without a restart', async () => {
    const asked: number[] = [];
    const soon = await startApp({}, ({ authority }) => ({ authority: renewing(authority!, asked) }));
    try {
      const [before] = await handshake(soon.address);
      while (asked.length < 2 || !soon.log.join('').includes('renewed the TLS certificate'))
        await new Promise((resolve) => setTimeout(resolve, 20));
      const [after] = await handshake(soon.address);
      expect(after!.equals(before!)).toBe(false);
      const { provisioning } = opened.connect(soon);
      await expect(ask((done) => provisioning.ping({}, done))).resolves.toMatchObject({ code: 'success' });
    } finally {
      opened.close();
      await soon.close();
    }
  });
});

describe('a client certificate', () => {
  it('is not needed', async () => {
    const { provisioning } = opened.connect(app);
    await expect(ask((done) => provisioning.ping({}, done))).resolves.toEqual({
      code: 'success',
      message: '',
    });
  });

  it('of another authority gets through the handshake, and nowhere else', async () => {
    expect(await refusal(checkIn(app, madeByOpenssl('foreign')))).toMatchObject({
      status: 'PERMISSION_DENIED',
      reason: 'certificate_unknown',
    });
  });

  it('that has expired still renews, and nothing else', async () => {
    const { key, machineId } = await enrol(app, opened.connect(app));
    const request = readCsr(await csrOf(key as KeyObject));
    const { issuer } = app.server.authority!;
    const { pem, notAfter } = await issuer.issue({ request, machineId, lifetimeMs: 1_000 });
    while (Date.now() <= notAfter) await new Promise((resolve) => setTimeout(resolve, 50));

    const late = { key, certificate: pem };
    expect(await refusal(checkIn(app, late))).toMatchObject({
      status: 'PERMISSION_DENIED',
      reason: 'certificate_expired',
    });
    const csr = await csrOf(newKey());
    const { enrolment } = opened.connect(app, late);
    const { credentials } = await ask<enrolmentV1.RenewResponse>((done) =>
      enrolment.renew({ csr, proof: undefined }, done),
    );
    expect(credentials).toMatchObject({ machineId });
  });

  it('is seen as that of its own connection, many at a time', async () => {
    const machines = await Promise.all(Array.from({ length: 5 }, () => enrol(app, opened.connect(app))));
    const answers = await Promise.all(machines.map((each) => checkIn(app, each)));
    expect(answers.map(({ machineId }) => machineId)).toEqual(machines.map(({ machineId }) => machineId));
  });
});

describe('TLS', () => {
  it('uses the configured certificate where there is one', async () => {
    const { key, certificate } = madeByOpenssl('server');
    const configured = await startApp({
      MG_PROVISION_GRPC_CERT: certificate,
      MG_PROVISION_GRPC_KEY: String(key),
    });
    try {
      const { provisioning } = opened.connect({ address: configured.address, root: certificate });
      await expect(ask((done) => provisioning.ping({}, done))).resolves.toMatchObject({ code: 'success' });
      const csr = await csrOf(newKey());
      const { enrolment } = opened.connect({ address: configured.address, root: certificate });
      await expect(ask((done) => enrolment.begin({ csr, device: undefined }, done))).resolves.toBeDefined();
    } finally {
      opened.close();
      await configured.close();
    }
  });

  it('is off only when told, and that is said loudly', async () => {
    const clear = await startApp({ MG_PROVISION_GRPC_TLS: 'off' });
    const client = new enrolmentV1.EnrolmentServiceClient(clear.address, grpcCredentials.createInsecure());
    try {
      await expect(ask((done) => client.getTrustAnchors({}, done))).resolves.toBeDefined();
      expect(await refusal(ask((done) => client.checkIn({}, done)))).toMatchObject({
        reason: 'client_certificate_required',
      });
      expect(clear.log.join('')).toContain('NO TLS');
    } finally {
      client.close();
      await clear.close();
    }
  });
});

/** Its first certificate is to be renewed at once. */
function renewing(authority: NonNullable<Server['authority']>, asked: number[]) {
  const serverCertificate: typeof authority.serverCertificate = async ({ names }) => {
    const time = asked.push(0);
    // Another name makes another certificate of it before the first one is to be renewed.
    const made = await authority.serverCertificate({ names: [...names, `time-${time}.example`] });
    return { ...made, renewAt: time === 1 ? Date.now() + 300 : made.renewAt };
  };
  return { ...authority, serverCertificate };
}

function madeByOpenssl(name: string): Identity {
  const [key, cert] = [join(folder, `${name}.key`), join(folder, `${name}.pem`)];
  const made = [
    'req',
    '-x509',
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:P-256',
    '-nodes',
    '-days',
    '1',
  ];
  const subject = ['-subj', `/CN=${name}`, '-addext', 'subjectAltName=IP:127.0.0.1'];
  execFileSync('openssl', [...made, ...subject, '-out', cert, '-keyout', key], { stdio: 'ignore' });
  return { key: readFileSync(key, 'utf8'), certificate: readFileSync(cert, 'utf8') };
}
