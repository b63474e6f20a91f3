import type { CertificateRecord, CrlFacts, IssuanceIntent, LogEntry, StoredCrl } from '@org/pki';
import type { Insertable, Selectable } from 'kysely';
import type { CertificatesTable, CrlsTable, IssuanceLogTable, SignedCertificatesTable } from '../schema.js';

type Nullable<T> = { [K in keyof T]: T[K] | null };

/** A certificate's row, beside that of its signature if there is one. */
type RecordRow = Selectable<CertificatesTable> &
  Nullable<Pick<SignedCertificatesTable, 'certificate' | 'fingerprint'>>;

export const rowOfIntent = (intent: IssuanceIntent, seq: number): Insertable<CertificatesTable> => ({
  seq,
  serial: intent.serial,
  issuer_id: intent.issuerId,
  profile: intent.profile,
  machine_id: intent.machineId,
  key_fingerprint: intent.keyFingerprint,
  not_before: intent.notBefore,
  not_after: intent.notAfter,
  tbs: intent.tbs,
  recorded_at: intent.recordedAt,
  state: 'intended',
});

export const recordOf = (row: RecordRow): CertificateRecord => ({
  serial: row.serial,
  issuerId: row.issuer_id,
  profile: row.profile,
  machineId: row.machine_id,
  keyFingerprint: row.key_fingerprint,
  notBefore: row.not_before,
  notAfter: row.not_after,
  tbs: bufferOf(row.tbs),
  recordedAt: row.recorded_at,
  state: row.state,
  certificate: row.certificate ? bufferOf(row.certificate) : undefined,
  fingerprint: row.fingerprint ?? undefined,
  usedAt: row.used_at ?? undefined,
  revocation:
    row.revoked_at !== null && row.revocation_reason !== null
      ? { at: row.revoked_at, reason: row.revocation_reason }
      : undefined,
});

export const rowOfEntry = (entry: LogEntry): Insertable<IssuanceLogTable> => ({
  seq: entry.seq,
  at: entry.at,
  kind: entry.kind,
  serial: entry.serial,
  content_hash: entry.contentHash,
  previous_hash: entry.previousHash,
  hash: entry.hash,
});

export const entryOf = (row: Selectable<IssuanceLogTable>): LogEntry => ({
  seq: row.seq,
  at: row.at,
  kind: row.kind,
  serial: row.serial,
  contentHash: row.content_hash,
  previousHash: row.previous_hash,
  hash: row.hash,
});

export const rowOfCrl = (crl: StoredCrl): Insertable<CrlsTable> => ({
  issuer_id: crl.issuerId,
  number: crl.number,
  revocation_count: crl.revocationCount,
  this_update: crl.thisUpdate,
  next_update: crl.nextUpdate,
  der: crl.der,
});

export const crlOf = (row: Selectable<CrlsTable>): StoredCrl => ({
  ...crlFactsOf(row),
  der: bufferOf(row.der),
});

export const crlFactsOf = (row: Omit<Selectable<CrlsTable>, 'der'>): CrlFacts => ({
  issuerId: row.issuer_id,
  number: row.number,
  revocationCount: row.revocation_count,
  thisUpdate: row.this_update,
  nextUpdate: row.next_update,
});

/** SQLite gives plain arrays of bytes, PostgreSQL buffers. */
const bufferOf = ({ buffer, byteOffset, byteLength }: Uint8Array): Buffer =>
  Buffer.from(buffer as ArrayBuffer, byteOffset, byteLength);
