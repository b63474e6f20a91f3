import { fingerprint } from '@org/x509';

/**
 * - `intended`: about to be signed; the content is the to-be-signed certificate.
 * - `signed`: the content is the certificate.
 * - `unsigned`: given up without a known signature; no content.
 * - `revoked`: the content is what `revocationContent` makes of reason and time.
 */
export type LogKind = 'intended' | 'signed' | 'unsigned' | 'revoked';

/** Something to be put on record; the log adds its place in the order. */
export interface LogEvent {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly kind: LogKind;
  readonly serial: string;
  /** Lower-case hex SHA-256. */
  readonly contentHash: string;
}

export interface LogEntry extends LogEvent {
  /** 1, 2, 3 … without a gap. */
  readonly seq: number;
  /** `hash` of the entry before; of the first one, 64 zeros. */
  readonly previousHash: string;
  /** Lower-case hex SHA-256 over all the other fields. */
  readonly hash: string;
}

/** Where a log stands: its last entry's number and hash. Kept elsewhere, it shows whether the end was cut off. */
export type LogHead = Pick<LogEntry, 'seq' | 'hash'>;

export const EMPTY_LOG: LogHead = { seq: 0, hash: '0'.repeat(64) };

/** The entries that `events` become after `head`. A store calls this inside the transaction that writes them. */
export function appendToLog(head: LogHead, events: readonly LogEvent[]): LogEntry[] {
  let { seq, hash: previousHash } = head;
  return events.map(({ at, kind, serial, contentHash }) => {
    seq += 1;
    const unsealed = { seq, at, kind, serial, contentHash, previousHash };
    const entry = { ...unsealed, hash: hashOf(unsealed) };
    previousHash = entry.hash;
    return entry;
  });
}

/** No field can contain a line feed, so no two entries have the same text. */
function hashOf(entry: Omit<LogEntry, 'hash'>): string {
  const { seq, at, kind, serial, contentHash, previousHash } = entry;
  return fingerprint(Buffer.from([seq, at, kind, serial, contentHash, previousHash].join('\n'), 'utf8'));
}

/** Heads known from elsewhere, by their number. */
type ExpectedHeads = ReadonlyMap<number, readonly LogHead[]>;

export const expectedHeads = (heads: readonly LogHead[]): ExpectedHeads =>
  Map.groupBy(heads, ({ seq }) => seq);

/**
 * What is wrong with an entry, given what comes before it; undefined when nothing is.
 * @param expected heads known from elsewhere, which must be in this chain
 */
export function entryFault(entry: LogEntry, before: LogHead, expected: ExpectedHeads): string | undefined {
  if (entry.seq !== before.seq + 1) return `its number is ${entry.seq}, but ${before.seq + 1} comes next`;
  if (entry.previousHash !== before.hash) return 'it does not follow the entry before it';
  if (hashOf(entry) !== entry.hash) return 'it was changed: its hash does not fit its content';
  const isAnother = expected.get(entry.seq)?.some(({ hash }) => hash !== entry.hash);
  return isAnother ? 'it is not the entry that was here before' : undefined;
}

/** What is wrong with the end of a log. */
export function endFault(head: LogHead, expected: ExpectedHeads): string | undefined {
  const most = [...expected.keys()].reduce((longest, seq) => Math.max(longest, seq), 0);
  return most > head.seq ? `it is missing; there were ${most} entries` : undefined;
}

export type LogVerdict =
  | { readonly intact: true; readonly head: LogHead }
  | { readonly intact: false; readonly brokenAt: number; readonly reason: string };

/**
 * Checks the chain, and names the first entry that breaks it.
 * @param options.from the head before the first of `entries`; default: the empty log
 * @param options.expected heads known from elsewhere, which must be in this chain; they find an end that was cut off
 */
export function verifyLog(
  entries: Iterable<LogEntry>,
  {
    from = EMPTY_LOG,
    expected = [],
  }: { readonly from?: LogHead; readonly expected?: readonly LogHead[] } = {},
): LogVerdict {
  const known = expectedHeads(expected);
  let head = from;
  for (const entry of entries) {
    const reason = entryFault(entry, head, known);
    if (reason !== undefined) return { intact: false, brokenAt: head.seq + 1, reason };
    head = { seq: entry.seq, hash: entry.hash };
  }
  const reason = endFault(head, known);
  return reason === undefined ? { intact: true, head } : { intact: false, brokenAt: head.seq + 1, reason };
}

/** What the log's hash of a revocation is taken over. */
export const revocationContent = ({ at, reason }: { readonly at: number; readonly reason: string }): Buffer =>
  Buffer.from(`${reason}\n${at}`, 'utf8');
