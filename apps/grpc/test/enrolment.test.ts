import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { X509Certificate, createPublicKey, sign } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { enrolmentV1 } from '@org/proto';
import { type RunningApp, replacing, startApp } from './support/app.js';
import { Opened, approve, ask, begin, csrOf, enrol, newKey, refusal } from './support/device.js';

const { EnrolmentState } = enrolmentV1;
const opened = new Opened();
let app: RunningApp;
beforeAll(async () => {
  app = await startApp({ MG_PROVISION_VERIFICATION_URL: 'https://plant.test/enrol' });
});
afterEach(() => opened.close());
afterAll(() => app.close());

describe('a device', () => {
  it('begins, is approved, redeems, and gets what openssl verifies', async () => {
    const clients = opened.connect(app);
    const { enrolment } = clients;
    const { key, begun } = await begin(clients);
    const { pollingSecret } = begun;
    expect(begun).toMatchObject({
      code: expect.stringMatching(/^[B-Z]{4}-[B-Z]{4}$/),
      verificationUrl: 'https://plant.test/enrol',
      lifetimeSeconds: 600,
      intervalSeconds: 5,
      keyFingerprint: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
    const poll = () => ask<enrolmentV1.PollResponse>((done) => enrolment.poll({ pollingSecret }, done));
    expect(await poll()).toEqual({
      state: EnrolmentState.ENROLMENT_STATE_PENDING,
      slowDown: false,
      intervalSeconds: 5,
      machineId: '',
    });
    expect(await poll()).toMatchObject({ slowDown: true, intervalSeconds: 10 });

    const { machineId } = await approve(app, begun.code);
    expect(await poll()).toMatchObject({ state: EnrolmentState.ENROLMENT_STATE_APPROVED, machineId });

    const csr = await csrOf(key);
    const redeem = () =>
      ask<enrolmentV1.RedeemResponse>((done) => enrolment.redeem({ pollingSecret, csr }, done));
    const { credentials, bootstrap } = await redeem();
    expect(bootstrap).toBeUndefined();
    expect(credentials!.machineId).toBe(machineId);
    const x509 = new X509Certificate(credentials!.certificate);
    expect(x509.subject).toContain(machineId);
    expect(x509.publicKey.equals(createPublicKey(key))).toBe(true);
    const renewAt = Number(credentials!.renewAt!.seconds) * 1000;
    expect(renewAt).toBeGreaterThan(Date.now());
    expect(renewAt).toBeLessThan(x509.validToDate.getTime());
    expect(verifiedByOpenssl(credentials!)).toMatch(/: OK/);
    expect(credentials!.root).toBe(app.root);

    expect((await redeem()).credentials!.certificate).toBe(credentials!.certificate);
    expect(await poll()).toMatchObject({ state: EnrolmentState.ENROLMENT_STATE_REDEEMED });
  });

  it('learns whom to trust', async () => {
    const { enrolment } = opened.connect(app);
    const { certificates } = await ask<enrolmentV1.GetTrustAnchorsResponse>((done) =>
      enrolment.getTrustAnchors({}, done),
    );
    expect(certificates).toContain(app.root);
  });

  it('gets one certificate for a thousand redemptions at the same time', async () => {
    const clients = opened.connect(app);
    const { key, begun } = await begin(clients);
    await approve(app, begun.code);
    const csr = await csrOf(key);
    const { pollingSecret } = begun;
    // Who is told that the work goes on asks again, as the service says.
    const redeem = async (): Promise<string> => {
      for (;;) {
        const call = ask<enrolmentV1.RedeemResponse>((done) =>
          clients.enrolment.redeem({ pollingSecret, csr }, done),
        );
        const answer = await call.catch((error: { code: number }) =>
          error.code === 14 ? undefined : Promise.reject(error),
        );
        if (answer) return answer.credentials!.certificate;
      }
    };
    const certificates = new Set(await Promise.all(Array.from({ length: 1_000 }, redeem)));
    expect(certificates.size).toBe(1);
    const [only] = certificates;
    const machineId = new X509Certificate(only!).subject.replace('CN=', '');
    const { records } = await app.server.authority!.store.list({ machineId, limit: 10 });
    expect(records).toHaveLength(1);
  });
});

describe('a refusal', () => {
  it('has a status, a stable code, and a time to wait where that helps', async () => {
    const clients = opened.connect(app);
    const { enrolment } = clients;
    const { key, begun } = await begin(clients);
    const { pollingSecret } = begun;
    const csr = await csrOf(key);
    expect(await refusal(ask((done) => enrolment.redeem({ pollingSecret, csr }, done)))).toMatchObject({
      status: 'FAILED_PRECONDITION',
      reason: 'enrolment_pending',
      domain: 'provision',
      retryAfter: expect.any(Number),
    });
    await approve(app, begun.code);
    const stolen = await csrOf(newKey());
    const theft = ask((done) => enrolment.redeem({ pollingSecret, csr: stolen }, done));
    expect(await refusal(theft)).toMatchObject({ status: 'PERMISSION_DENIED', reason: 'key_mismatch' });

    const unknown = ask((done) => enrolment.poll({ pollingSecret: 'guessed' }, done));
    expect(await refusal(unknown)).toEqual({
      status: 'NOT_FOUND',
      text: 'there is no such enrolment, or no longer',
      reason: 'enrolment_unknown',
      domain: 'provision',
      retryAfter: undefined,
    });
    const nonsense = Buffer.from('x');
    const invalid = { status: 'INVALID_ARGUMENT', reason: 'csr_not_pem', field: 'csr' };
    for (const call of [
      ask((done) => enrolment.begin({ csr: nonsense, device: undefined }, done)),
      ask((done) => enrolment.redeem({ pollingSecret, csr: nonsense }, done)),
    ])
      expect(await refusal(call)).toMatchObject(invalid);
  });

  it('says nothing of a defect, which the log does', async () => {
    const defect = new Error('the disk is full of secrets');
    const broken = await startApp({}, ({ enrolments }) => ({
      enrolments: replacing(enrolments!, { poll: () => Promise.reject(defect) }),
    }));
    try {
      const { enrolment } = opened.connect(broken);
      const call = ask((done) => enrolment.poll({ pollingSecret: 'x' }, done));
      expect(await refusal(call)).toEqual({
        status: 'INTERNAL',
        text: 'internal error',
        reason: 'internal',
        domain: 'provision',
        retryAfter: undefined,
      });
      expect(broken.log.join('')).toContain(defect.message);
    } finally {
      opened.close();
      await broken.close();
    }
  });
});

describe('a machine', () => {
  it('renews with its certificate or a signature, and checks the new one in', async () => {
    const { key, certificate, machineId } = await enrol(app, opened.connect(app));
    const mine = opened.connect(app, { key, certificate });
    const next = newKey();
    const renewed = await ask<enrolmentV1.RenewResponse>(async (done) =>
      mine.enrolment.renew({ csr: await csrOf(next), proof: undefined }, done),
    );
    expect(renewed.credentials).toMatchObject({ machineId });
    expect(verifiedByOpenssl(renewed.credentials!)).toMatch(/: OK/);

    const fresh = opened.connect(app, { key: next, certificate: renewed.credentials!.certificate });
    const before = Date.now();
    const checked = await ask<enrolmentV1.CheckInResponse>((done) => fresh.enrolment.checkIn({}, done));
    expect(checked.machineId).toBe(machineId);
    const { seconds, nanos } = checked.serverTime!;
    const serverTime = Number(seconds) * 1000 + nanos / 1e6;
    expect(serverTime).toBeGreaterThanOrEqual(before);
    expect(serverTime).toBeLessThanOrEqual(Date.now());
    expect(Number(checked.renewAt!.seconds)).toBe(Number(renewed.credentials!.renewAt!.seconds));
    const old = ask((done) => mine.enrolment.checkIn({}, done));
    expect(await refusal(old)).toMatchObject({ status: 'PERMISSION_DENIED', reason: 'certificate_revoked' });

    const csr = await csrOf(newKey());
    const signed = Buffer.concat([Buffer.from('provision.v1.Renew\0', 'latin1'), csr]);
    const proof = {
      certificate: new X509Certificate(renewed.credentials!.certificate).raw,
      signature: sign('sha256', signed, next),
    };
    const { enrolment } = opened.connect(app);
    const again = await ask<enrolmentV1.RenewResponse>((done) => enrolment.renew({ csr, proof }, done));
    expect(again.credentials!.machineId).toBe(machineId);
    const forged = { ...proof, signature: sign('sha256', signed, newKey()) };
    expect(await refusal(ask((done) => enrolment.renew({ csr, proof: forged }, done)))).toMatchObject({
      status: 'UNAUTHENTICATED',
      reason: 'proof_invalid',
    });
  });

  it('needs its certificate for what only it may do', async () => {
    const { enrolment } = opened.connect(app);
    const csr = await csrOf(newKey());
    const required = { status: 'UNAUTHENTICATED', reason: 'client_certificate_required' };
    expect(await refusal(ask((done) => enrolment.checkIn({}, done)))).toMatchObject(required);
    const renewal = ask((done) => enrolment.renew({ csr, proof: undefined }, done));
    expect(await refusal(renewal)).toMatchObject(required);
  });
});

function verifiedByOpenssl({ certificate, caBundle, root }: enrolmentV1.Credentials): string {
  const folder = mkdtempSync(join(tmpdir(), 'provision-verify-'));
  try {
    const file = (name: string, text: string) => (
      writeFileSync(join(folder, name), text),
      join(folder, name)
    );
    const chain = ['-untrusted', file('chain.pem', caBundle.join(''))];
    const args = ['-CAfile', file('root.pem', root), ...chain, '-purpose', 'sslclient'];
    return execFileSync('openssl', ['verify', ...args, file('leaf.pem', certificate)], { encoding: 'utf8' });
  } finally {
    rmSync(folder, { recursive: true });
  }
}
