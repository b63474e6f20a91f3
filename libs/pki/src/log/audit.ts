import { fingerprint } from '@org/x509';
import type { CertificateRecord, CertificateStore } from '../store/certificate-store.js';
import {
  EMPTY_LOG,
  endFault,
  entryFault,
  revocationContent,
  expectedHeads,
  type LogEntry,
  type LogHead,
  type LogKind,
  type LogVerdict,
} from './issuance-log.js';

const PAGE = 1000;

type Tally = Record<LogKind, number>;

const emptyTally = (): Tally => ({ intended: 0, signed: 0, unsigned: 0, revoked: 0 });

/**
 * Verifies a store's whole issuance log: the chain of hashes, each entry against the record that it speaks of, and that
 * the log accounts for every record. Names the first entry that is broken. May run while certificates are issued.
 *
 * @param heads known from elsewhere (printed, mailed, kept by another machine); they find an end that was cut
 * off, and a log that was written anew
 */
export async function auditStore(
  store: CertificateStore,
  heads: readonly LogHead[] = [],
): Promise<LogVerdict> {
  const expected = expectedHeads(heads);
  // Counted before the log is read: what is recorded meanwhile is then in the log, too.
  const recorded = await tallyRecords(store);
  const logged = emptyTally();
  let head = EMPTY_LOG;
  for (let atEnd = false; !atEnd;) {
    const entries = await store.logAfter(head.seq, PAGE);
    const records = new Map(
      (await store.find(entries.map(({ serial }) => serial))).map((each) => [each.serial, each]),
    );
    for (const entry of entries) {
      const reason = entryFault(entry, head, expected) ?? contentFault(entry, records.get(entry.serial));
      if (reason !== undefined) return { intact: false, brokenAt: head.seq + 1, reason };
      head = { seq: entry.seq, hash: entry.hash };
      logged[entry.kind] += 1;
    }
    atEnd = entries.length < PAGE;
  }
  const reason = endFault(head, expected) ?? tallyFault(logged, recorded);
  return reason === undefined ? { intact: true, head } : { intact: false, brokenAt: head.seq + 1, reason };
}

function contentFault(entry: LogEntry, record: CertificateRecord | undefined): string | undefined {
  if (!record) return `the certificate ${entry.serial} is not on record`;
  const content = contentOf(entry, record);
  if (content === undefined) return `the certificate ${entry.serial} is on record as ${record.state}`;
  return fingerprint(content) === entry.contentHash ? undefined : `the record of ${entry.serial} was changed`;
}

/** What the entry's hash must be of, going by the record; undefined when the record cannot have had such an entry. */
function contentOf(
  { kind }: LogEntry,
  { tbs, certificate, state, revocation }: CertificateRecord,
): Buffer | undefined {
  switch (kind) {
    case 'intended':
      return tbs;
    case 'signed':
      return certificate;
    case 'unsigned':
      return state === 'unsigned' ? Buffer.alloc(0) : undefined;
    case 'revoked':
      return state === 'revoked' && revocation ? revocationContent(revocation) : undefined;
  }
}

async function tallyRecords(store: CertificateStore): Promise<Tally> {
  const tally = emptyTally();
  let after: string | undefined;
  do {
    const page = await store.list({ limit: PAGE, ...(after === undefined ? {} : { after }) });
    for (const { certificate, state } of page.records) {
      tally.intended += 1;
      if (certificate) tally.signed += 1;
      if (state === 'unsigned' || state === 'revoked') tally[state] += 1;
    }
    after = page.next;
  } while (after !== undefined);
  return tally;
}

/** Each kind of entry occurs once for a certificate, so fewer entries than records means that some were never logged. */
function tallyFault(logged: Tally, recorded: Tally): string | undefined {
  const kind = (Object.keys(logged) as LogKind[]).find((each) => logged[each] < recorded[each]);
  return kind && `${recorded[kind] - logged[kind]} certificates are on record as ${kind}, but not in the log`;
}
