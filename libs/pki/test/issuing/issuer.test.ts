import { X509Certificate } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { ProvisionError } from '@org/domain';
import { keySigner, readCsr, type Signer } from '@org/x509';
import {
  auditStore,
  type CertificateStore,
  Issuer,
  type IssuingAuthority,
  MemoryCertificateStore,
} from '../../src/index.js';
import { anAuthority, aProfile, aRequest, DAY_MS, NOW, TestClock } from '../support/authority.js';
import { aKey } from '@org/test-support';
import { anError, invalidError } from '@org/test-support/errors';
import { FailingStore } from '../support/failing-store.js';

const authority = await anAuthority();
const request = await aRequest();
const machineId = 'machine-1';
const profiles = [aProfile(), aProfile({ name: 'gateway', lifetimeMs: 10 * DAY_MS })];

let clock: TestClock;
let store: FailingStore;
let issuer: Issuer;

const issuerOf = (use: CertificateStore, by: IssuingAuthority = authority): Issuer =>
  new Issuer({ authority: by, profiles, store: use, clock });

beforeEach(() => {
  clock = new TestClock();
  store = new FailingStore();
  issuer = issuerOf(store);
});

const all = async () => (await store.list({ limit: 1000 })).records;
const statesOf = async () => (await all()).map(({ state }) => state);

describe('issue', () => {
  it('hands out the certificate that is on record, and its chain', async () => {
    const issued = await issuer.issue({ request, machineId });
    const [record] = await all();
    expect(record).toMatchObject({
      state: 'signed',
      machineId,
      profile: 'device',
      serial: issued.serial,
      certificate: issued.certificate,
      fingerprint: issued.fingerprint,
      keyFingerprint: request.keyFingerprint,
      notBefore: NOW - 3600e3,
      notAfter: NOW + 90 * DAY_MS,
      issuerId: authority.certificate.subjectKeyId!.toString('hex'),
    });
    expect(issued.chain.map(({ fingerprint }) => fingerprint)).toEqual(
      [authority.certificate, ...authority.chain].map(({ fingerprint }) => fingerprint),
    );
  });

  it('has the to-be-signed octets on record before it signs them', async () => {
    const seen: [Buffer, string[]][] = [];
    const inner = keySigner(aKey('P-256', 200));
    const watching: Signer = {
      ...inner,
      sign: async (data) => {
        const records = (await store.list({})).records.filter(({ tbs }) => tbs.equals(data));
        seen.push([data, records.map(({ state }) => state)]);
        return inner.sign(data);
      },
    };
    const { certificate } = await issuerOf(store, { ...authority, signer: watching }).issue({
      request,
      machineId,
    });
    expect(seen).toEqual([[expect.any(Buffer), ['intended']]]);
    expect(certificate.includes(seen[0]![0])).toBe(true);
  });

  it('uses the profile asked for, and a shorter lifetime', async () => {
    const { notAfter } = await issuer.issue({ request, machineId, profile: 'gateway', lifetimeMs: DAY_MS });
    expect(notAfter).toBe(NOW + DAY_MS);
    expect((await all())[0]).toMatchObject({ profile: 'gateway' });
  });

  it.each([0, -1, 91 * DAY_MS, NaN])('refuses a lifetime of %s ms', async (lifetimeMs) => {
    await expect(issuer.issue({ request, machineId, lifetimeMs })).rejects.toEqual(
      invalidError('lifetime_invalid'),
    );
  });

  it('refuses an unknown profile, and an issuer without one', async () => {
    const unknown = issuer.issue({ request, machineId, profile: 'x' });
    await expect(unknown).rejects.toEqual(invalidError('profile_unknown'));
    const none = new Issuer({ authority, profiles: [], store });
    await expect(none.issue({ request, machineId })).rejects.toEqual(invalidError('profile_unknown'));
  });

  it('refuses once the authority has expired, and before it is valid', async () => {
    for (const time of [authority.certificate.notAfter + 1, authority.certificate.notBefore - 1]) {
      clock.time = time;
      await expect(issuer.issue({ request, machineId })).rejects.toEqual(
        anError('unavailable', 'authority_expired'),
      );
    }
    expect(await all()).toEqual([]);
  });

  it("refuses the authority's own key", async () => {
    const own = await aRequest(machineId, { n: 200 });
    await expect(issuer.issue({ request: own, machineId })).rejects.toEqual(
      invalidError('csr_key_of_authority'),
    );
  });

  it('refuses a name that belongs to another machine, and records nothing', async () => {
    const issued = issuer.issue({ request, machineId: 'machine-2' });
    await expect(issued).rejects.toEqual(invalidError('csr_name_mismatch'));
    expect(store.calls).toEqual([]);
  });

  it('gives a device its machine id whatever name it asks for, where it could not know it', async () => {
    const { pem } = await issuer.issue({ request, machineId: 'machine-2', subject: 'ignored' });
    expect(new X509Certificate(pem).subject).toBe('CN=machine-2');
  });
});

describe('many issues at a time', () => {
  it('share their writes', async () => {
    const issued = await Promise.all(Array.from({ length: 300 }, () => issuer.issue({ request, machineId })));
    expect(new Set(issued.map(({ serial }) => serial)).size).toBe(300);
    expect(await statesOf()).toEqual(Array.from({ length: 300 }, () => 'signed'));
    expect(store.calls.length).toBeLessThan(20);
    expect(await auditStore(store)).toMatchObject({ intact: true, head: { seq: 600 } });
  });

  it('do not take each other down', async () => {
    const refusing = new (class extends MemoryCertificateStore {
      override async recordIntents(items: Parameters<CertificateStore['recordIntents']>[0]): Promise<void> {
        if (items.some((each) => each.machineId === 'bad')) throw new Error('refused');
        return super.recordIntents(items);
      }
    })();
    const anyName = await aRequest('');
    const results = await Promise.allSettled(
      ['a', 'bad', 'b'].map((id) => issuerOf(refusing).issue({ request: anyName, machineId: id })),
    );
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    const shared = issuerOf(refusing);
    const grouped = await Promise.allSettled(
      ['a', 'bad', 'b'].map((id) => shared.issue({ request: anyName, machineId: id })),
    );
    expect(grouped.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  });

  it('are all told when no one knows whether they were recorded, and what was is given up', async () => {
    const away = new ProvisionError({ kind: 'ambiguous', code: 'outcome_unknown', message: 'No answer.' });
    let lost = 1;
    const losing = new (class extends MemoryCertificateStore {
      override async recordIntents(items: Parameters<CertificateStore['recordIntents']>[0]): Promise<void> {
        await super.recordIntents(items);
        if (lost-- > 0) throw away;
      }
    })();
    const shared = issuerOf(losing);
    const issue = () => shared.issue({ request, machineId });
    const results = await Promise.allSettled([issue(), issue(), issue()]);
    expect(results).toEqual(results.map(() => ({ status: 'rejected', reason: away })));
    expect(await shared.reconcile(0)).toHaveLength(3);
    await expect(issue()).resolves.toBeDefined();
  });
});

describe('a power cut', () => {
  it.each([
    ['before the intent is recorded', 'recordIntents', 'before', []],
    ['after the intent is recorded', 'recordIntents', 'after', ['unsigned']],
    ['before the signature is recorded', 'recordSigned', 'before', ['unsigned']],
    ['after the signature is recorded', 'recordSigned', 'after', ['signed']],
  ] as const)('%s leaves nothing unknown, and nothing handed out', async (_, write, when, states) => {
    store.failAt(write, when);
    await expect(issuer.issue({ request, machineId })).rejects.toThrow('power cut');
    store.recover();
    const restarted = issuerOf(store);
    clock.pass(10 * 60e3);
    await restarted.reconcile();
    expect(await statesOf()).toEqual(states);
    const before = (await all()).map(({ serial }) => serial);
    const next = await restarted.issue({ request, machineId });
    expect(before).not.toContain(next.serial);
    expect(await auditStore(store)).toMatchObject({ intact: true });
  });

  it('in the signer leaves an intent that is given up', async () => {
    const broken = { ...authority.signer, sign: () => Promise.reject(new Error('unplugged')) };
    const failing = issuerOf(store, { ...authority, signer: broken });
    await expect(failing.issue({ request, machineId })).rejects.toThrow('unplugged');
    const serial = (await all())[0]!.serial;
    expect(await issuer.reconcile(0)).toEqual([serial]);
    expect((await all())[0]).toMatchObject({ state: 'unsigned', revocation: { reason: 'unspecified' } });
  });
});

describe('reconcile', () => {
  it('leaves alone what another replica may be signing now', async () => {
    store.failAt('recordSigned', 'before');
    await expect(issuer.issue({ request, machineId })).rejects.toThrow();
    clock.pass(60e3);
    expect(await issuer.reconcile()).toEqual([]);
    clock.pass(4 * 60e3);
    expect(await issuer.reconcile()).toHaveLength(1);
    expect(await issuer.reconcile()).toEqual([]);
  });

  it('lets no signature come late', async () => {
    let release = (): void => undefined;
    const waiting = new Promise<void>((resolve) => (release = resolve));
    const slow: Signer = {
      ...authority.signer,
      sign: async (data) => waiting.then(() => authority.signer.sign(data)),
    };
    const late = issuerOf(store, { ...authority, signer: slow }).issue({ request, machineId });
    const settled = expect(late).rejects.toEqual(anError('conflict', 'not_intended'));
    for (let turn = 0; turn < 100 && (await all()).length === 0; turn += 1) await setImmediate();
    await issuer.reconcile(0);
    release();
    await settled;
  });
});

describe('giving up', () => {
  it('ends what is not signed yet, and nothing else', async () => {
    store.failAt('recordSigned', 'before');
    await expect(issuer.issue({ request, machineId })).rejects.toThrow('power cut');
    store.recover();
    const signed = await issuer.issue({ request, machineId });
    const [open] = await all();
    expect(await issuer.giveUp(open!.serial)).toBe(true);
    expect(await issuer.giveUp(open!.serial)).toBe(false);
    expect(await issuer.giveUp(signed.serial)).toBe(false);
    expect(await statesOf()).toEqual(['unsigned', 'signed']);
  });
});

describe('renewal', () => {
  it('leaves the previous certificate valid until the new one is used', async () => {
    const first = await issuer.issue({ request, machineId });
    const second = await issuer.issue({ request: await aRequest(machineId, { n: 1 }), machineId });
    expect(await statesOf()).toEqual(['signed', 'signed']);
    clock.pass(1000);
    expect(await issuer.confirmUsed(second.serial)).toEqual([first.serial]);
    const [old, fresh] = await all();
    expect(old).toMatchObject({ state: 'revoked', revocation: { reason: 'superseded', at: NOW + 1000 } });
    expect(fresh).toMatchObject({ state: 'signed', usedAt: NOW + 1000 });
    expect(await issuer.confirmUsed(second.serial)).toEqual([]);
  });

  it('ends an expired certificate as well, as long as that could still be renewed', async () => {
    const old = await issuer.issue({ request, machineId, lifetimeMs: 1000 });
    clock.pass(5000);
    const late = await issuer.issue({ request, machineId, lifetimeMs: 1000 });
    const fresh = await issuer.issue({ request, machineId });
    clock.pass(5000);
    expect(await issuer.confirmUsed(fresh.serial, 6000)).toEqual([late.serial]);
    expect((await store.find([old.serial]))[0]).toMatchObject({ state: 'signed' });
  });

  it('takes nothing from later certificates, other machines and other profiles', async () => {
    const anyName = await aRequest('');
    const other = await issuer.issue({ request: anyName, machineId: 'machine-2' });
    const gateway = await issuer.issue({ request, machineId, profile: 'gateway' });
    const used = await issuer.issue({ request, machineId });
    const later = await issuer.issue({ request, machineId });
    expect(await issuer.confirmUsed(used.serial)).toEqual([]);
    const kept = (await store.list({ state: 'signed' })).records.map(({ serial }) => serial);
    expect(kept).toEqual([other, gateway, used, later].map(({ serial }) => serial));
  });

  it('is done again when a power cut came in between', async () => {
    const first = await issuer.issue({ request, machineId });
    const second = await issuer.issue({ request, machineId });
    store.failAt('recordRevoked', 'before');
    await expect(issuer.confirmUsed(second.serial)).rejects.toThrow('power cut');
    store.recover();
    expect(await issuer.confirmUsed(second.serial)).toEqual([first.serial]);
  });

  it('refuses a certificate that is revoked or unknown', async () => {
    const { serial } = await issuer.issue({ request, machineId });
    await issuer.revoke(serial, 'keyCompromise');
    await expect(issuer.confirmUsed(serial)).rejects.toEqual(anError('conflict', 'certificate_revoked'));
    await expect(issuer.confirmUsed('01ff')).rejects.toEqual(anError('not_found', 'certificate_unknown'));
  });
});

describe('revoke', () => {
  it('revokes once, and keeps the first reason', async () => {
    const { serial } = await issuer.issue({ request, machineId });
    expect(await issuer.revoke(serial, 'keyCompromise')).toBe(true);
    expect(await issuer.revoke(serial, 'superseded')).toBe(false);
    expect((await all())[0]).toMatchObject({
      state: 'revoked',
      revocation: { reason: 'keyCompromise', at: NOW },
    });
    await expect(issuer.revoke('01ff')).rejects.toEqual(anError('not_found', 'certificate_unknown'));
  });

  it("revokes a machine's certificates, all that have not expired", async () => {
    const short = await issuer.issue({ request, machineId, lifetimeMs: 1000 });
    const long = await issuer.issue({ request, machineId });
    const gateway = await issuer.issue({ request, machineId, profile: 'gateway' });
    clock.pass(5000);
    expect(await issuer.revokeMachine(machineId, 'cessationOfOperation')).toEqual([
      long.serial,
      gateway.serial,
    ]);
    expect((await store.find([short.serial]))[0]).toMatchObject({ state: 'signed' });
  });

  it('says of an expired certificate too that its key is known to others', async () => {
    const { serial } = await issuer.issue({ request, machineId, lifetimeMs: 1000 });
    clock.pass(5000);
    expect(await issuer.revokeMachine(machineId, 'keyCompromise')).toEqual([serial]);
  });
});

it('issues what a PEM request asks for, from beginning to end', async () => {
  const { privateKey } = { privateKey: aKey('RSA-2048') };
  const csr = (await aRequest('m-7f3a9c21', { kind: 'RSA-2048' })).der;
  const issued = await issuer.issue({ request: readCsr(csr), machineId: 'm-7f3a9c21' });
  const certificate = new X509Certificate(issued.pem);
  expect(certificate.subject).toBe('CN=m-7f3a9c21');
  expect(certificate.checkPrivateKey(privateKey)).toBe(true);
});
