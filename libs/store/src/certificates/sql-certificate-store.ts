import { ProvisionError } from '@org/domain';
import {
  appendToLog,
  logEvent,
  type CertificatePage,
  type CertificateQuery,
  type CertificateRecord,
  type CertificateStore,
  type CrlFacts,
  type IssuanceIntent,
  type LogEntry,
  type LogHead,
  type Revocation,
  type RevokedPage,
  type RevokedQuery,
  type SignedCertificate,
  type StoredCrl,
} from '@org/pki';
import type { Kysely, Transaction } from 'kysely';
import type { Schema } from '../schema.js';
import { append, inTurn } from './append.js';
import { countEnding, find, list, listRevoked } from './look-up.js';
import { inParts } from '../parts.js';
import { crlFactsOf, crlOf, entryOf, rowOfCrl, rowOfIntent } from './rows.js';
import { changeState, type ChangedRow, recordEnds } from './state.js';

/** The authority's records in a database; the same queries for every dialect. */
export class SqlCertificateStore implements CertificateStore {
  constructor(private readonly db: Kysely<Schema>) {}

  async recordIntents(intents: readonly IssuanceIntent[]): Promise<void> {
    if (intents.length === 0) return;
    await inTurn(this.db, async (transaction, head) => {
      const entries = appendToLog(head, intents.map(logEvent.intended));
      const rows = intents.map((intent, n) => rowOfIntent(intent, entries[n]!.seq));
      for (const part of inParts(rows)) {
        const { numInsertedOrUpdatedRows } = await transaction
          .insertInto('certificates')
          .values(part)
          .onConflict((conflict) => conflict.column('serial').doNothing())
          .executeTakeFirstOrThrow();
        if (Number(numInsertedOrUpdatedRows) < part.length) throw serialTaken();
      }
      await append(transaction, entries);
    });
  }

  async recordSigned(signed: readonly SignedCertificate[]): Promise<void> {
    if (signed.length === 0) return;
    const wanted = firstOfEach(signed);
    await inTurn(this.db, async (transaction, head) => {
      const change = { from: ['intended'], to: { state: 'signed' } } as const;
      const changed = await changeState(transaction, wanted.map(serialOf), change);
      const fresh = wanted.filter(({ serial }) => changed.has(serial));
      const rows = fresh.map(({ serial, certificate, fingerprint }) => {
        return { seq: changed.get(serial)!.seq, certificate, fingerprint };
      });
      for (const part of inParts(rows))
        await transaction.insertInto('signed_certificates').values(part).execute();
      if (fresh.length < signed.length) await checkRecorded(transaction, signed);
      await append(transaction, appendToLog(head, fresh.map(logEvent.signed)));
    });
  }

  async recordUnsigned(serials: readonly string[], at: number): Promise<string[]> {
    if (serials.length === 0) return [];
    const to = { state: 'unsigned', revoked_at: at, revocation_reason: 'unspecified' } as const;
    return inTurn(this.db, async (transaction, head) => {
      const changed = await changeState(transaction, serials, { from: ['intended'], to });
      const events = [...new Set(serials)].map((serial) => logEvent.unsigned(serial, at));
      return recordEnds(transaction, head, { changed, events });
    });
  }

  async recordRevoked(revocations: readonly Revocation[]): Promise<string[]> {
    if (revocations.length === 0) return [];
    const wanted = firstOfEach(revocations);
    const alike = Map.groupBy(wanted, ({ at, reason }) => `${at} ${reason}`);
    return inTurn(this.db, async (transaction, head) => {
      const changed = new Map<string, ChangedRow>();
      for (const group of alike.values()) {
        const { at, reason } = group[0]!;
        const to = { state: 'revoked', revoked_at: at, revocation_reason: reason } as const;
        const change = { from: ['intended', 'signed'], to } as const;
        for (const each of await changeState(transaction, group.map(serialOf), change)) changed.set(...each);
      }
      return recordEnds(transaction, head, { changed, events: wanted.map(logEvent.revoked) });
    });
  }

  async recordUsed(serial: string, at: number): Promise<void> {
    await this.db
      .updateTable('certificates')
      .set({ used_at: at })
      .where('serial', '=', serial)
      .where('used_at', 'is', null)
      .execute();
  }

  find(serials: readonly string[]): Promise<CertificateRecord[]> {
    return find(this.db, serials);
  }

  list(query: CertificateQuery): Promise<CertificatePage> {
    return list(this.db, query);
  }

  countEnding(profile: string, bounds: readonly number[]): Promise<number[]> {
    return countEnding(this.db, profile, bounds);
  }

  async revocationCount(issuerId: string): Promise<number> {
    const row = await this.db
      .selectFrom('revocation_counts')
      .select('revocations')
      .where('issuer_id', '=', issuerId)
      .executeTakeFirst();
    return row?.revocations ?? 0;
  }

  listRevoked(issuerId: string, query: RevokedQuery): Promise<RevokedPage> {
    return listRevoked(this.db, issuerId, query);
  }

  async latestCrl(issuerId: string): Promise<StoredCrl | undefined> {
    const row = await this.db
      .selectFrom('crls')
      .selectAll()
      .where('issuer_id', '=', issuerId)
      .executeTakeFirst();
    return row && crlOf(row);
  }

  async latestCrlFacts(issuerId: string): Promise<CrlFacts | undefined> {
    const row = await this.db
      .selectFrom('crls')
      .select(['issuer_id', 'number', 'revocation_count', 'this_update', 'next_update'])
      .where('issuer_id', '=', issuerId)
      .executeTakeFirst();
    return row && crlFactsOf(row);
  }

  async saveCrl(crl: StoredCrl): Promise<boolean> {
    const row = rowOfCrl(crl);
    if (crl.number === 1) {
      const insert = this.db.insertInto('crls').values(row);
      const first = insert.onConflict((conflict) => conflict.column('issuer_id').doNothing());
      return (await first.executeTakeFirstOrThrow()).numInsertedOrUpdatedRows === 1n;
    }
    const next = this.db.updateTable('crls').set(row).where('issuer_id', '=', crl.issuerId);
    const { numUpdatedRows } = await next.where('number', '=', crl.number - 1).executeTakeFirstOrThrow();
    return numUpdatedRows === 1n;
  }

  logHead(): Promise<LogHead> {
    return this.db.selectFrom('issuance_log_head').select(['seq', 'hash']).executeTakeFirstOrThrow();
  }

  async logAfter(seq: number, limit: number): Promise<LogEntry[]> {
    const entries = this.db.selectFrom('issuance_log').selectAll().where('seq', '>', seq);
    return (await entries.orderBy('seq').limit(limit).execute()).map(entryOf);
  }
}

/** Lets pass what is on record just so: the writer may not have learnt that the first attempt succeeded. */
async function checkRecorded(
  transaction: Transaction<Schema>,
  signed: readonly SignedCertificate[],
): Promise<void> {
  const records = await find(transaction, signed.map(serialOf));
  const known = new Map(records.map((record) => [record.serial, record]));
  for (const { serial, fingerprint } of signed) {
    const record = known.get(serial);
    if (record?.state !== 'signed' || record.fingerprint !== fingerprint) throw notIntended();
  }
}

const serialOf = ({ serial }: { readonly serial: string }): string => serial;

function firstOfEach<T extends { readonly serial: string }>(items: readonly T[]): T[] {
  return [...new Map(items.toReversed().map((item) => [item.serial, item])).values()].toReversed();
}

const serialTaken = (): ProvisionError =>
  new ProvisionError({ kind: 'conflict', code: 'serial_taken', message: 'A serial is already on record.' });

const notIntended = (): ProvisionError =>
  new ProvisionError({
    kind: 'conflict',
    code: 'not_intended',
    message: 'A signed certificate has no open intent on record.',
  });
