import { appendToLog, type CertificateState, type LogEvent, type LogHead } from '@org/pki';
import type { Selectable, Transaction, Updateable } from 'kysely';
import type { CertificatesTable, Schema } from '../schema.js';
import { append } from './append.js';
import { inParts } from '../parts.js';

export type ChangedRow = Pick<Selectable<CertificatesTable>, 'seq' | 'issuer_id'>;
/** By serial. */
type Changed = ReadonlyMap<string, ChangedRow>;

interface StateChange {
  readonly from: readonly CertificateState[];
  readonly to: Updateable<CertificatesTable> & { readonly state: CertificateState };
}

/** Changes those that are in one of the states `from`, and leaves the others alone. */
export async function changeState(
  transaction: Transaction<Schema>,
  serials: readonly string[],
  { from, to }: StateChange,
): Promise<Changed> {
  const changed = new Map<string, ChangedRow>();
  for (const part of inParts(serials)) {
    const rows = await transaction
      .updateTable('certificates')
      .set(to)
      .where('serial', 'in', part)
      .where('state', 'in', from)
      .returning(['serial', 'seq', 'issuer_id'])
      .execute();
    for (const { serial, ...row } of rows) changed.set(serial, row);
  }
  return changed;
}

/**
 * Completes a change that ended the validity of certificates: logs those of `events` that were changed, and counts them.
 * @returns their serials
 */
export async function recordEnds(
  transaction: Transaction<Schema>,
  head: LogHead,
  { changed, events }: { readonly changed: Changed; readonly events: readonly LogEvent[] },
): Promise<string[]> {
  const ended = events.filter(({ serial }) => changed.has(serial));
  await append(transaction, appendToLog(head, ended));
  const byIssuer = Map.groupBy(changed.values(), ({ issuer_id }) => issuer_id);
  for (const [issuer_id, { length: revocations }] of byIssuer) {
    await transaction
      .insertInto('revocation_counts')
      .values({ issuer_id, revocations })
      .onConflict((conflict) =>
        conflict.column('issuer_id').doUpdateSet(({ eb, ref }) => ({
          revocations: eb('revocation_counts.revocations', '+', ref('excluded.revocations')),
        })),
      )
      .execute();
  }
  return ended.map(({ serial }) => serial);
}
