import { afterEach, describe, expect, it } from '@jest/globals';
import { auditStore } from '../log/audit.js';
import { EMPTY_LOG, verifyLog } from '../log/issuance-log.js';
import type {
  CertificateRecord,
  CertificateStore,
  IssuanceIntent,
  StoredCrl,
} from '../store/certificate-store.js';
import { anIntent, DAY_MS, ISSUER, signedOf, START } from './records.js';

export interface CertificateStoreUnderTest {
  readonly store: CertificateStore;
  close(): Promise<void>;
}

type MakeStore = () => Promise<CertificateStore>;

/** What every certificate store must do; `open` gives an empty one. */
export function certificateStoreContract(name: string, open: () => Promise<CertificateStoreUnderTest>): void {
  describe(`certificate store contract: ${name}`, () => {
    const opened: CertificateStoreUnderTest[] = [];
    afterEach(async () => {
      for (const each of opened.splice(0)) await each.close();
    });
    const makeStore: MakeStore = async () => {
      const under = await open();
      opened.push(under);
      return under.store;
    };
    describe('an issue on record', () => issuing(makeStore));
    describe('revocation', () => revoking(makeStore));
    describe('looking certificates up', () => looking(makeStore));
    describe('revocation lists', () => crls(makeStore));
    describe('the issuance log', () => logging(makeStore));
  });
}

async function withSigned(
  makeStore: MakeStore,
  ...intents: readonly IssuanceIntent[]
): Promise<CertificateStore> {
  const store = await makeStore();
  await store.recordIntents(intents);
  await store.recordSigned(intents.map(signedOf));
  return store;
}

async function recordOf(store: CertificateStore, { serial }: IssuanceIntent): Promise<CertificateRecord> {
  const [record] = await store.find([serial]);
  if (!record) throw new Error(`no record of ${serial}`);
  return record;
}

const conflict = (code: string): object => expect.objectContaining({ kind: 'conflict', code }) as object;

function issuing(makeStore: MakeStore): void {
  it('keeps an intent as it was given, then the certificate beside it', async () => {
    const store = await makeStore();
    const intent = anIntent({ machineId: 'Maschine Ä 1' });
    await store.recordIntents([intent]);
    const open = { ...intent, state: 'intended', certificate: undefined, fingerprint: undefined };
    expect(await recordOf(store, intent)).toMatchObject({
      ...open,
      usedAt: undefined,
      revocation: undefined,
    });
    const signed = signedOf(intent);
    await store.recordSigned([signed]);
    const { certificate, fingerprint } = signed;
    expect(await recordOf(store, intent)).toMatchObject({
      ...intent,
      state: 'signed',
      certificate,
      fingerprint,
    });
  });

  it('takes no serial twice, and then records nothing of the group', async () => {
    const taken = anIntent();
    const other = anIntent();
    const store = await withSigned(makeStore, taken);
    const again = store.recordIntents([other, { ...taken, tbs: Buffer.from('another') }]);
    await expect(again).rejects.toEqual(conflict('serial_taken'));
    expect(await store.find([other.serial])).toEqual([]);
    expect((await recordOf(store, taken)).tbs).toEqual(taken.tbs);
    await expect(store.recordIntents([other, other])).rejects.toEqual(conflict('serial_taken'));
  });

  it('lets a certificate be recorded again, but not another one in its place', async () => {
    const intent = anIntent();
    const store = await withSigned(makeStore, intent);
    await store.recordSigned([signedOf(intent)]);
    const other = { ...signedOf(intent), certificate: Buffer.from('other'), fingerprint: 'f'.repeat(64) };
    await expect(store.recordSigned([other])).rejects.toEqual(conflict('not_intended'));
    expect(await store.logAfter(0, 10)).toHaveLength(2);
  });

  it('takes no signature without an open intent, and then nothing of the group', async () => {
    const store = await makeStore();
    const [open, unknown, givenUp, revoked] = [anIntent(), anIntent(), anIntent(), anIntent()];
    await store.recordIntents([open, givenUp, revoked]);
    expect(await store.recordUnsigned([givenUp.serial, unknown.serial], START)).toEqual([givenUp.serial]);
    await store.recordRevoked([{ serial: revoked.serial, reason: 'unspecified', at: START }]);
    for (const closed of [unknown, givenUp, revoked]) {
      const signed = store.recordSigned([signedOf(open), signedOf(closed)]);
      await expect(signed).rejects.toEqual(conflict('not_intended'));
    }
    expect((await recordOf(store, open)).state).toBe('intended');
  });

  it('gives up only what has no signature', async () => {
    const signed = anIntent();
    const store = await withSigned(makeStore, signed);
    const open = anIntent();
    await store.recordIntents([open]);
    expect(await store.recordUnsigned([signed.serial, open.serial], START + 5)).toEqual([open.serial]);
    const revocation = { at: START + 5, reason: 'unspecified' };
    expect(await recordOf(store, open)).toMatchObject({ state: 'unsigned', revocation });
    expect(await recordOf(store, signed)).toMatchObject({ state: 'signed' });
  });

  it('notes the first use', async () => {
    const intent = anIntent();
    const store = await withSigned(makeStore, intent);
    await store.recordUsed(intent.serial, START + 7);
    await store.recordUsed(intent.serial, START + 8);
    expect((await recordOf(store, intent)).usedAt).toBe(START + 7);
  });

  it('takes nothing as well as a group', async () => {
    const store = await makeStore();
    await store.recordIntents([]);
    await store.recordSigned([]);
    expect(await store.recordRevoked([])).toEqual([]);
    expect(await store.recordUnsigned([], START)).toEqual([]);
    expect(await store.find([])).toEqual([]);
  });
}

function revoking(makeStore: MakeStore): void {
  it('keeps the first reason and time', async () => {
    const intent = anIntent();
    const store = await withSigned(makeStore, intent);
    const { serial } = intent;
    expect(await store.recordRevoked([{ serial, reason: 'keyCompromise', at: START + 1 }])).toEqual([serial]);
    expect(await store.recordRevoked([{ serial, reason: 'superseded', at: START + 2 }])).toEqual([]);
    const revocation = { at: START + 1, reason: 'keyCompromise' };
    expect(await recordOf(store, intent)).toMatchObject({ state: 'revoked', revocation });
    expect(await store.revocationCount(ISSUER)).toBe(1);
  });

  it('leaves unknown serials alone', async () => {
    const store = await makeStore();
    expect(await store.recordRevoked([{ serial: '01ff', reason: 'unspecified', at: START }])).toEqual([]);
    expect(await store.logAfter(0, 10)).toEqual([]);
  });
}

function looking(makeStore: MakeStore): void {
  it('finds by each condition, and by several at once', async () => {
    const plain = anIntent();
    const special = anIntent({
      machineId: 'machine-2',
      profile: 'gateway',
      issuerId: 'b'.repeat(40),
      notAfter: START + 10 * DAY_MS,
      recordedAt: START + DAY_MS,
    });
    const store = await withSigned(makeStore, plain, special);
    const { machineId, profile, issuerId, keyFingerprint } = special;
    const { fingerprint } = signedOf(special);
    const each = [{ machineId }, { profile }, { issuerId }, { keyFingerprint }, { fingerprint }];
    for (const query of [
      ...each,
      { expiresBefore: START + 11 * DAY_MS },
      { machineId, profile, fingerprint },
    ]) {
      expect((await store.list(query)).records.map(({ serial }) => serial)).toEqual([special.serial]);
    }
    const from = await store.list({ expiresFrom: plain.notAfter });
    const before = await store.list({ recordedBefore: special.recordedAt });
    for (const { records } of [from, before])
      expect(records.map(({ serial }) => serial)).toEqual([plain.serial]);
    expect((await store.list({ machineId, profile: 'device' })).records).toEqual([]);
    expect((await store.list({ state: 'revoked' })).records).toEqual([]);
    expect((await store.list({ state: 'signed' })).records).toHaveLength(2);
  });

  it('pages through everything in the order of recording, each once', async () => {
    const intents = Array.from({ length: 7 }, () => anIntent());
    const store = await makeStore();
    await store.recordIntents(intents.slice(0, 4));
    await store.recordIntents(intents.slice(4));
    const seen: string[] = [];
    let after: string | undefined;
    do {
      const page = await store.list({ limit: 3, ...(after === undefined ? {} : { after }) });
      expect(page.records.length).toBeLessThanOrEqual(3);
      seen.push(...page.records.map(({ serial }) => serial));
      after = page.next;
    } while (after !== undefined);
    expect(seen).toEqual(intents.map(({ serial }) => serial));
  });

  it('counts those of a profile that end within spans of time, without those that were revoked or not signed', async () => {
    const ending = (days: number, more: Partial<IssuanceIntent> = {}) =>
      anIntent({ notAfter: START + days * DAY_MS, ...more });
    const revoked = ending(5);
    const signed = [
      ...[-1, 0, 1, 5, 29, 30, 90].map((days) => ending(days)),
      ending(5, { profile: 'client' }),
    ];
    const store = await withSigned(makeStore, ...signed, revoked);
    await store.recordIntents([ending(5)]);
    await store.recordRevoked([{ serial: revoked.serial, at: START, reason: 'superseded' }]);
    const bounds = [0, 1, 7, 30].map((days) => START + days * DAY_MS);
    expect(await store.countEnding('device', bounds)).toEqual([1, 2, 1]);
    expect(await store.countEnding('client', bounds)).toEqual([0, 1, 0]);
    expect(await store.countEnding('server', bounds)).toEqual([0, 0, 0]);
  });

  it('finds several at once, and leaves out what it does not know', async () => {
    const [one, two] = [anIntent(), anIntent()];
    const store = await withSigned(makeStore, one, two);
    const found = await store.find([two.serial, '01ee', one.serial, one.serial]);
    expect(found.map(({ serial }) => serial).sort()).toEqual([one.serial, two.serial].sort());
  });
}

function crls(makeStore: MakeStore): void {
  const crl = (number: number): StoredCrl => ({
    issuerId: ISSUER,
    number,
    revocationCount: number,
    thisUpdate: START,
    nextUpdate: START + DAY_MS,
    der: Buffer.from(`list ${number}`),
  });

  it("lists an issuer's revoked and given-up certificates by serial, without those that expired", async () => {
    const [revoked, expired, open, other] = [
      anIntent(),
      anIntent({ notAfter: START + DAY_MS }),
      anIntent(),
      anIntent({ issuerId: 'c'.repeat(40) }),
    ];
    const store = await withSigned(makeStore, revoked, expired, other, anIntent());
    await store.recordIntents([open]);
    await store.recordUnsigned([open.serial], START + 4);
    const revoke = (each: IssuanceIntent) => ({
      serial: each.serial,
      reason: 'superseded' as const,
      at: START + 3,
    });
    await store.recordRevoked([other, revoked, expired].map(revoke));
    const live = [
      { serial: revoked.serial, at: START + 3, reason: 'superseded' },
      { serial: open.serial, at: START + 4, reason: 'unspecified' },
    ];
    expect(await store.listRevoked(ISSUER, { expiresFrom: START + 2 * DAY_MS })).toEqual({ entries: live });
    const all = { expiresFrom: expired.notAfter };
    expect((await store.listRevoked(ISSUER, all)).entries).toHaveLength(3);
    const first = await store.listRevoked(ISSUER, { ...all, limit: 2 });
    expect(first.entries).toEqual([{ ...live[0], serial: expired.serial }, live[0]]);
    expect(await store.listRevoked(ISSUER, { ...all, limit: 2, after: first.next! })).toEqual({
      entries: [live[1]],
    });
    expect(await store.revocationCount(ISSUER)).toBe(3);
  });

  it('saves lists only in the order of their numbers', async () => {
    const store = await makeStore();
    expect(await store.latestCrl(ISSUER)).toBeUndefined();
    expect(await store.latestCrlFacts(ISSUER)).toBeUndefined();
    expect(await store.saveCrl(crl(2))).toBe(false);
    expect(await store.saveCrl(crl(1))).toBe(true);
    expect(await store.saveCrl({ ...crl(1), der: Buffer.from('late') })).toBe(false);
    expect(await store.saveCrl(crl(2))).toBe(true);
    expect(await store.latestCrl(ISSUER)).toMatchObject(crl(2));
    const { der: _, ...facts } = crl(2);
    expect(await store.latestCrlFacts(ISSUER)).toEqual(facts);
  });

  it('lets one of two replicas save a number', async () => {
    const store = await makeStore();
    const saved = await Promise.all([store.saveCrl(crl(1)), store.saveCrl(crl(1))]);
    expect(saved.sort()).toEqual([false, true]);
  });
}

function logging(makeStore: MakeStore): void {
  it('has an entry for each change, chained, which agrees with the records', async () => {
    const [one, two, three] = [anIntent(), anIntent(), anIntent()];
    const store = await withSigned(makeStore, one, two);
    await store.recordIntents([three]);
    await store.recordRevoked([{ serial: one.serial, reason: 'keyCompromise', at: START + 5 }]);
    await store.recordUnsigned([three.serial], START + 6);
    await store.recordUsed(two.serial, START + 7);
    const entries = await store.logAfter(0, 100);
    expect(entries.map(({ kind, serial }) => [kind, serial])).toEqual([
      ['intended', one.serial],
      ['intended', two.serial],
      ['signed', one.serial],
      ['signed', two.serial],
      ['intended', three.serial],
      ['revoked', one.serial],
      ['unsigned', three.serial],
    ]);
    expect(verifyLog(entries)).toMatchObject({ intact: true, head: { seq: 7 } });
    expect(await auditStore(store)).toMatchObject({ intact: true, head: { seq: 7 } });
  });

  it('has a head, which is its last entry', async () => {
    const store = await makeStore();
    expect(await store.logHead()).toEqual(EMPTY_LOG);
    await store.recordIntents([anIntent(), anIntent()]);
    const { seq, hash } = (await store.logAfter(0, 10)).at(-1)!;
    expect(await store.logHead()).toEqual({ seq, hash });
  });

  it('can be read in parts', async () => {
    const store = await withSigned(makeStore, anIntent(), anIntent(), anIntent());
    const [first, second] = [await store.logAfter(0, 4), await store.logAfter(4, 4)];
    expect(first.map(({ seq }) => seq)).toEqual([1, 2, 3, 4]);
    expect(second.map(({ seq }) => seq)).toEqual([5, 6]);
    expect(verifyLog(second, { from: first[3]! })).toMatchObject({ intact: true });
    expect(await store.logAfter(6, 4)).toEqual([]);
  });

  it('stays one chain when many write at once', async () => {
    const store = await makeStore();
    const intents = Array.from({ length: 20 }, () => anIntent());
    await Promise.all(intents.map((intent) => store.recordIntents([intent])));
    const verdict = verifyLog(await store.logAfter(0, 100), { from: EMPTY_LOG });
    expect(verdict).toMatchObject({ intact: true, head: { seq: 20 } });
  });
}
