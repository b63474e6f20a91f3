import { afterAll, afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { CodeIssuance } from '@org/code-issuance';
import { randomIds, systemClock } from '@org/domain';
import { Enrolments, type MachineProof } from '@org/enrolment';
import { sampleMachine } from '@org/enrolment/testing';
import {
  type CertificateStore,
  createRoot,
  DeviceProfile,
  type IssuingAuthority,
  Issuer,
  trustAnchors,
} from '@org/pki';
import { createCsr, generateKey, keySigner } from '@org/x509';
import type { Store } from '../../src/index.js';
import { databases, removeFiles } from '../support/databases.js';
import { aRequest } from '../support/issuing-process.js';

const DAY_MS = 24 * 3600e3;
const SETTINGS = {
  verificationUrl: undefined,
  bootstrapUrl: 'https://bootstrap.example',
  renewAfterExpiryMs: 7 * DAY_MS,
  maxLateRenewals: 3,
  maxRenewalsPerDay: 10_000,
  reissueWithinMs: 600_000,
};

const signer = keySigner(await generateKey());
const terms = { subject: { commonName: 'Test' }, now: Date.now(), lifetimeMs: 365 * DAY_MS };
const authority: IssuingAuthority = { ...(await createRoot(signer, terms)), chain: [] };
const anchors = trustAnchors([authority.certificate]);

afterAll(removeFiles);

describe.each(databases)('renewals by several processes over %s', (_, open) => {
  let store: Store;
  let proof: MachineProof;
  let issuer: Issuer;

  const issuerOver = (certificates: CertificateStore) =>
    new Issuer({ authority, profiles: [new DeviceProfile({ name: 'device' })], store: certificates });
  const aProcess = (certificates: CertificateStore) =>
    new Enrolments({
      codes: new CodeIssuance({
        store: store.codes,
        clock: systemClock,
        hashKey: store.hashKey,
        settings: {},
      }),
      attempts: store.codes,
      machines: store.machines,
      issuer: issuerOver(certificates),
      certificates,
      anchors: () => anchors,
      provisioner: undefined,
      clock: systemClock,
      ids: randomIds,
      settings: SETTINGS,
    });
  /** Certificates of a process that freezes when it has reached a write, until it may go on. */
  const stuckAt = (when: 'before' | 'after') => {
    const certificates = Object.create(store.certificates) as CertificateStore;
    const [reached, frozen] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    certificates.recordSigned = async (signed) => {
      if (when === 'after') await store.certificates.recordSigned(signed);
      reached.resolve();
      await frozen.promise;
      if (when === 'before') await store.certificates.recordSigned(signed);
    };
    return { certificates, reached: reached.promise, goOn: frozen.resolve };
  };
  const aCsr = async () => createCsr(keySigner(await generateKey()), { subject: {} });
  const serials = async (state: 'signed' | 'intended') =>
    (await store.certificates.list({ state })).records.map(({ serial }) => serial);

  beforeEach(async () => {
    store = await open();
    const machine = sampleMachine();
    await store.machines.insert(machine);
    issuer = issuerOver(store.certificates);
    const { certificate } = await issuer.issue({ request: await aRequest(), machineId: machine.id });
    proof = { kind: 'tls', certificate };
  });
  afterEach(() => store.close());

  it('give one certificate to one request, though the first to record it is slow to sign', async () => {
    const stuck = stuckAt('before');
    const call = { csr: await aCsr(), proof };
    const slow = aProcess(stuck.certificates).renew(call);
    await stuck.reached;
    const fast = await aProcess(store.certificates).renew(call);
    stuck.goOn();
    expect((await slow).serial).toBe(fast.serial);
    expect((await serials('signed')).slice(1)).toEqual([fast.serial]);
    expect(await serials('intended')).toEqual([]);
  });

  it('give out none that a slower process may yet replace', async () => {
    const call = { csr: await aCsr(), proof };
    const slow = stuckAt('before');
    const slowest = aProcess(slow.certificates).renew(call);
    await slow.reached;
    const late = stuckAt('after');
    const second = aProcess(late.certificates).renew(call);
    await late.reached;
    const third = await aProcess(store.certificates).renew(call);
    slow.goOn();
    const first = await slowest;
    late.goOn();
    expect([first.serial, (await second).serial]).toEqual([third.serial, third.serial]);
    expect((await serials('signed')).slice(1)).toEqual([third.serial]);
  });

  it('give one certificate to each of many requests that come to all of them at once', async () => {
    const processes = [1, 2, 3].map(() => aProcess(store.certificates));
    for (let round = 1; round <= 5; round++) {
      const call = { csr: await aCsr(), proof };
      const all = Array.from({ length: 12 }, (_, n) => processes[n % 3]!.renew(call));
      expect(new Set((await Promise.all(all)).map(({ serial }) => serial)).size).toBe(1);
      expect(await serials('signed')).toHaveLength(1 + round);
    }
  });
});
