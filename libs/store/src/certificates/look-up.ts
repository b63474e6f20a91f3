import type { RevocationReason } from '@org/domain';
import type {
  CertificatePage,
  CertificateQuery,
  CertificateRecord,
  RevokedPage,
  RevokedQuery,
} from '@org/pki';
import { type Kysely, sql } from 'kysely';
import type { Schema } from '../schema.js';
import { inParts } from '../parts.js';
import { recordOf } from './rows.js';

const DEFAULT_LIMIT = 100;

const EQUAL = {
  machineId: 'machine_id',
  profile: 'profile',
  issuerId: 'issuer_id',
  fingerprint: 'fingerprint',
  keyFingerprint: 'key_fingerprint',
  state: 'state',
} as const;
type Equal = { [K in keyof typeof EQUAL]: [K, (typeof EQUAL)[K]] }[keyof typeof EQUAL];

const records = (db: Kysely<Schema>) =>
  db
    .selectFrom('certificates')
    .leftJoin('signed_certificates', 'signed_certificates.seq', 'certificates.seq')
    .selectAll('certificates')
    .select(['certificate', 'fingerprint']);

export async function find(db: Kysely<Schema>, serials: readonly string[]): Promise<CertificateRecord[]> {
  const found: CertificateRecord[] = [];
  for (const part of inParts([...new Set(serials)])) {
    const rows = await records(db).where('serial', 'in', part).execute();
    found.push(...rows.map(recordOf));
  }
  return found;
}

export async function list(db: Kysely<Schema>, query: CertificateQuery): Promise<CertificatePage> {
  const { after = '0', limit = DEFAULT_LIMIT, expiresBefore, expiresFrom, recordedBefore } = query;
  let wanted = records(db).where('certificates.seq', '>', Number(after));
  for (const [field, column] of Object.entries(EQUAL) as Equal[]) {
    if (query[field] !== undefined) wanted = wanted.where(column, '=', query[field]);
  }
  // Said outright, for SQLite to see that the index without the signed ones will do.
  if (query.state && query.state !== 'signed') wanted = wanted.where('state', '<>', sql.lit('signed'));
  if (expiresBefore !== undefined) wanted = wanted.where('not_after', '<', expiresBefore);
  if (expiresFrom !== undefined) wanted = wanted.where('not_after', '>=', expiresFrom);
  if (recordedBefore !== undefined) wanted = wanted.where('recorded_at', '<', recordedBefore);
  const rows = await wanted
    .orderBy('certificates.seq')
    .limit(limit + 1)
    .execute();
  const page = { records: rows.slice(0, limit).map(recordOf) };
  return rows.length > limit ? { ...page, next: String(rows[limit - 1]!.seq) } : page;
}

export async function countEnding(
  db: Kysely<Schema>,
  profile: string,
  bounds: readonly number[],
): Promise<number[]> {
  const counts = bounds
    .slice(1)
    .map(
      (until, n) =>
        sql`count(*) filter (where not_after >= ${bounds[n]!} and not_after < ${until}) as ${sql.ref(`n${n}`)}`,
    );
  // The state is written out, as the index has it.
  const look = sql<Record<string, number>>`select ${sql.join(counts)} from certificates
    where state = 'signed' and profile = ${profile} and not_after >= ${bounds[0]!} and not_after < ${bounds.at(-1)!}`;
  const row = (await look.execute(db)).rows[0]!;
  return counts.map((_, n) => Number(row[`n${n}`]));
}

export async function listRevoked(
  db: Kysely<Schema>,
  issuerId: string,
  { expiresFrom, after, limit = 1_000 }: RevokedQuery,
): Promise<RevokedPage> {
  let wanted = db
    .selectFrom('certificates')
    .select(['serial', 'revoked_at as at', 'revocation_reason as reason', 'not_after', 'seq'])
    .where('issuer_id', '=', issuerId)
    .where('revoked_at', 'is not', null)
    .$narrowType<{ at: number; reason: RevocationReason }>();
  if (after === undefined) wanted = wanted.where('not_after', '>=', expiresFrom);
  else {
    const [notAfter, seq] = after.split(' ').map(Number) as [number, number];
    wanted = wanted.where(({ eb, refTuple, tuple }) =>
      eb(refTuple('not_after', 'seq'), '>', tuple(notAfter, seq)),
    );
  }
  const rows = await wanted
    .orderBy('not_after')
    .orderBy('seq')
    .limit(limit + 1)
    .execute();
  const entries = rows.slice(0, limit).map(({ serial, at, reason }) => ({ serial, at, reason }));
  const last = rows[limit - 1];
  return rows.length > limit ? { entries, next: `${last!.not_after} ${last!.seq}` } : { entries };
}
