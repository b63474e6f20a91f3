import { ProvisionError } from '@org/domain';
import { appendToLog, EMPTY_LOG, type LogEntry, type LogEvent, type LogHead } from '../log/issuance-log.js';
import type {
  CertificatePage,
  CertificateQuery,
  CertificateRecord,
  CertificateStore,
  CrlFacts,
  IssuanceIntent,
  Revocation,
  RevokedPage,
  RevokedQuery,
  SignedCertificate,
  StoredCrl,
} from './certificate-store.js';
import { logEvent } from './events.js';

const DEFAULT_LIMIT = 100;

/** A certificate store that forgets everything with its process: for tests and first tries. */
export class MemoryCertificateStore implements CertificateStore {
  /** By serial, in the order of recording. */
  readonly #records = new Map<string, CertificateRecord>();
  readonly #log: LogEntry[] = [];
  readonly #crls = new Map<string, StoredCrl>();

  async recordIntents(intents: readonly IssuanceIntent[]): Promise<void> {
    const serials = new Set(intents.map(({ serial }) => serial));
    if (serials.size < intents.length || intents.some(({ serial }) => this.#records.has(serial))) {
      throw new ProvisionError({
        kind: 'conflict',
        code: 'serial_taken',
        message: 'A serial is already on record.',
      });
    }
    for (const intent of intents) this.#records.set(intent.serial, { ...intent, ...UNDECIDED });
    this.#append(intents.map(logEvent.intended));
  }

  async recordSigned(signed: readonly SignedCertificate[]): Promise<void> {
    if (!signed.every((each) => this.#canSign(each))) {
      throw new ProvisionError({
        kind: 'conflict',
        code: 'not_intended',
        message: 'A signed certificate has no open intent on record.',
      });
    }
    const changed = signed.filter(({ serial }) => this.#records.get(serial)?.state === 'intended');
    for (const { serial, certificate, fingerprint } of changed) {
      this.#change(serial, { state: 'signed', certificate, fingerprint });
    }
    this.#append(changed.map(logEvent.signed));
  }

  #canSign({ serial, fingerprint }: SignedCertificate): boolean {
    const record = this.#records.get(serial);
    return record?.state === 'intended' || (record?.state === 'signed' && record.fingerprint === fingerprint);
  }

  async recordUnsigned(serials: readonly string[], at: number): Promise<string[]> {
    const changed = serials.filter((serial) => this.#records.get(serial)?.state === 'intended');
    for (const serial of changed) {
      this.#change(serial, { state: 'unsigned', revocation: { at, reason: 'unspecified' } });
    }
    this.#append(changed.map((serial) => logEvent.unsigned(serial, at)));
    return changed;
  }

  async recordRevoked(revocations: readonly Revocation[]): Promise<string[]> {
    const open = ['intended', 'signed'];
    const changed = revocations.filter(({ serial }) => open.includes(this.#records.get(serial)?.state ?? ''));
    for (const { serial, at, reason } of changed)
      this.#change(serial, { state: 'revoked', revocation: { at, reason } });
    this.#append(changed.map(logEvent.revoked));
    return changed.map(({ serial }) => serial);
  }

  async recordUsed(serial: string, at: number): Promise<void> {
    if (this.#records.get(serial)?.usedAt === undefined) this.#change(serial, { usedAt: at });
  }

  async find(serials: readonly string[]): Promise<CertificateRecord[]> {
    return [...new Set(serials)].flatMap((serial) => this.#records.get(serial) ?? []);
  }

  async list(query: CertificateQuery): Promise<CertificatePage> {
    const { after = '0', limit = DEFAULT_LIMIT } = query;
    const start = Number(after);
    const places = [...this.#records.values()]
      .map((record, place) => ({ record, place: place + 1 }))
      .filter(({ record, place }) => place > start && matches(record, query))
      .slice(0, limit + 1);
    const records = places.slice(0, limit).map(({ record }) => record);
    return places.length > limit ? { records, next: String(places[limit - 1]!.place) } : { records };
  }

  async countEnding(profile: string, bounds: readonly number[]): Promise<number[]> {
    const signed = [...this.#records.values()].filter(
      (it) => it.state === 'signed' && it.profile === profile,
    );
    return bounds
      .slice(1)
      .map((until, n) => signed.filter(({ notAfter }) => notAfter >= bounds[n]! && notAfter < until).length);
  }

  async revocationCount(issuerId: string): Promise<number> {
    return this.#revokedOf(issuerId).length;
  }

  async listRevoked(issuerId: string, query: RevokedQuery): Promise<RevokedPage> {
    const { expiresFrom, after = '0', limit = 1000 } = query;
    const all = this.#revokedOf(issuerId)
      .filter(({ notAfter }) => notAfter >= expiresFrom)
      .sort((a, b) => a.notAfter - b.notAfter)
      .map(({ serial, revocation }) => ({ serial, ...revocation! }));
    const end = Number(after) + limit;
    const entries = all.slice(Number(after), end);
    return end < all.length ? { entries, next: String(end) } : { entries };
  }

  #revokedOf(issuerId: string): CertificateRecord[] {
    return [...this.#records.values()].filter((record) => record.issuerId === issuerId && record.revocation);
  }

  async latestCrl(issuerId: string): Promise<StoredCrl | undefined> {
    return this.#crls.get(issuerId);
  }

  async latestCrlFacts(issuerId: string): Promise<CrlFacts | undefined> {
    const crl = this.#crls.get(issuerId);
    if (!crl) return undefined;
    const { der: _, ...facts } = crl;
    return facts;
  }

  async saveCrl(crl: StoredCrl): Promise<boolean> {
    if (crl.number !== (this.#crls.get(crl.issuerId)?.number ?? 0) + 1) return false;
    this.#crls.set(crl.issuerId, crl);
    return true;
  }

  async logHead(): Promise<LogHead> {
    const { seq, hash } = this.#log.at(-1) ?? EMPTY_LOG;
    return { seq, hash };
  }

  async logAfter(seq: number, limit: number): Promise<LogEntry[]> {
    return this.#log.slice(seq, seq + limit);
  }

  #change(serial: string, change: Partial<CertificateRecord>): void {
    const record = this.#records.get(serial);
    if (record) this.#records.set(serial, { ...record, ...change });
  }

  #append(events: readonly LogEvent[]): void {
    this.#log.push(...appendToLog(this.#log.at(-1) ?? EMPTY_LOG, events));
  }
}

const UNDECIDED = {
  state: 'intended',
  certificate: undefined,
  fingerprint: undefined,
  usedAt: undefined,
  revocation: undefined,
} as const;

function matches(record: CertificateRecord, query: CertificateQuery): boolean {
  const { expiresBefore = Infinity, expiresFrom = -Infinity, recordedBefore = Infinity } = query;
  const equal = (
    ['machineId', 'profile', 'issuerId', 'fingerprint', 'keyFingerprint', 'state'] as const
  ).every((field) => query[field] === undefined || query[field] === record[field]);
  return (
    equal &&
    record.notAfter < expiresBefore &&
    record.notAfter >= expiresFrom &&
    record.recordedAt < recordedBefore
  );
}
