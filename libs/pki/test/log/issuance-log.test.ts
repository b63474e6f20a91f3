import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  appendToLog,
  auditStore,
  type CertificatePage,
  type CertificateRecord,
  EMPTY_LOG,
  Issuer,
  type LogEntry,
  type LogEvent,
  MemoryCertificateStore,
  verifyLog,
} from '../../src/index.js';
import { anAuthority, aProfile, aRequest } from '../support/authority.js';

const event = (n: number): LogEvent => ({
  at: 1_700_000_000_000 + n,
  kind: (['intended', 'signed', 'unsigned', 'revoked'] as const)[n % 4]!,
  serial: `01${n.toString(16).padStart(32, '0')}`,
  contentHash: n.toString(16).padStart(64, '0'),
});

const log = appendToLog(
  EMPTY_LOG,
  Array.from({ length: 20 }, (_, n) => event(n)),
);

describe('the hash chain', () => {
  it('holds, in one piece and in parts', () => {
    expect(verifyLog(log)).toEqual({ intact: true, head: { seq: 20, hash: log[19]!.hash } });
    expect(verifyLog([])).toEqual({ intact: true, head: EMPTY_LOG });
    expect(verifyLog(log.slice(7), { from: log[6]! })).toMatchObject({ intact: true });
    const inParts = [...appendToLog(EMPTY_LOG, [event(0)]), ...appendToLog(log[0]!, [event(1), event(2)])];
    expect(inParts).toEqual(log.slice(0, 3));
  });

  it('names the first entry of which any field was changed', () => {
    const changes: ((entry: LogEntry) => LogEntry)[] = [
      (entry) => ({ ...entry, at: entry.at + 1 }),
      (entry) => ({ ...entry, kind: entry.kind === 'signed' ? 'intended' : 'signed' }),
      (entry) => ({ ...entry, serial: `02${entry.serial.slice(2)}` }),
      (entry) => ({ ...entry, contentHash: 'f'.repeat(64) }),
      (entry) => ({ ...entry, previousHash: 'f'.repeat(64) }),
      (entry) => ({ ...entry, hash: 'f'.repeat(64) }),
      (entry) => ({ ...entry, seq: entry.seq + 1 }),
    ];
    fc.assert(
      fc.property(fc.nat(19), fc.constantFrom(...changes), (place, change) => {
        const changed = log.map((entry, at) => (at === place ? change(entry) : entry));
        expect(verifyLog(changed)).toMatchObject({ intact: false, brokenAt: place + 1 });
      }),
    );
  });

  it('shows an entry that was removed, moved, or put in', () => {
    expect(verifyLog(log.filter(({ seq }) => seq !== 5))).toMatchObject({ intact: false, brokenAt: 5 });
    const moved = [...log.slice(0, 8), log[9]!, log[8]!, ...log.slice(10)];
    expect(verifyLog(moved)).toMatchObject({ intact: false, brokenAt: 9 });
    const putIn = [...log.slice(0, 3), ...appendToLog(log[2]!, [event(99)]), ...log.slice(3)];
    expect(verifyLog(putIn)).toMatchObject({ intact: false, brokenAt: 5 });
  });

  it('shows an end that was cut off, and a log that was written anew, by a head kept elsewhere', () => {
    const expected = [{ seq: 20, hash: log[19]!.hash }];
    expect(verifyLog(log, { expected })).toMatchObject({ intact: true });
    expect(verifyLog(log.slice(0, 18), { expected })).toMatchObject({ intact: false, brokenAt: 19 });
    const anew = appendToLog(
      EMPTY_LOG,
      log.map((entry) => ({ ...entry, at: 0 })),
    );
    expect(verifyLog(anew)).toMatchObject({ intact: true });
    expect(verifyLog(anew, { expected })).toMatchObject({ intact: false, brokenAt: 20 });
  });
});

describe('auditStore', () => {
  /** A store whose records someone has changed behind its back. */
  class TamperedStore extends MemoryCertificateStore {
    tamper: (record: CertificateRecord) => CertificateRecord[] = (record) => [record];

    override async find(serials: readonly string[]): Promise<CertificateRecord[]> {
      return (await super.find(serials)).flatMap(this.tamper);
    }

    override async list(query: object): Promise<CertificatePage> {
      const page = await super.list(query);
      return { ...page, records: page.records.flatMap(this.tamper) };
    }
  }

  async function filled(): Promise<TamperedStore> {
    const store = new TamperedStore();
    const issuer = new Issuer({ authority: await anAuthority(), profiles: [aProfile()], store });
    const request = await aRequest();
    const [first] = [await issuer.issue({ request, machineId: 'machine-1' })];
    await issuer.issue({ request, machineId: 'machine-1' });
    await issuer.revoke(first.serial, 'keyCompromise');
    return store;
  }

  it('finds nothing wrong with what was issued', async () => {
    expect(await auditStore(await filled())).toMatchObject({ intact: true, head: { seq: 5 } });
  });

  it.each<[string, number, (record: CertificateRecord) => CertificateRecord[]]>([
    ['a to-be-signed certificate that was changed', 1, (record) => [{ ...record, tbs: Buffer.alloc(9) }]],
    ['a certificate that was changed', 2, (record) => [{ ...record, certificate: Buffer.alloc(9) }]],
    ['a certificate that was taken away', 2, (record) => [{ ...record, certificate: undefined }]],
    ['a record that was removed', 1, () => []],
    [
      'a revocation that was taken back',
      5,
      (record) => [{ ...record, state: 'signed', revocation: undefined }],
    ],
    [
      'a revocation with another reason',
      5,
      (record) => [
        { ...record, revocation: record.revocation && { ...record.revocation, reason: 'superseded' } },
      ],
    ],
    ['a record that was never logged', 6, (record) => [record, { ...record, serial: 'ff' }]],
    [
      'a revocation that was never logged',
      6,
      (record) => [
        { ...record, state: 'revoked', revocation: record.revocation ?? { at: 1, reason: 'unspecified' } },
      ],
    ],
  ])('finds %s', async (_, brokenAt, tamper) => {
    const store = await filled();
    store.tamper = tamper;
    expect(await auditStore(store)).toMatchObject({ intact: false, brokenAt });
  });

  it('finds an end that was cut off', async () => {
    const verdict = await auditStore(await filled(), [{ seq: 9, hash: 'a'.repeat(64) }]);
    expect(verdict).toMatchObject({ intact: false, brokenAt: 6 });
  });
});
