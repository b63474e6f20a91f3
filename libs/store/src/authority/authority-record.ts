import { type TrustAnchors, formatTrustAnchors, parseTrustAnchors } from '@org/pki';
import { exportPrivateKey } from '@org/x509';
import { type KeyedAuthority, keyIdOf } from './authority-store.js';
import type { SealedValues } from '../seal/sealed-values.js';

const NAME = 'authority';

/** PKCS#8, PEM, by subject key identifier (lower-case hex). */
type KeysById = Readonly<Record<string, string>>;

/** What the database knows of the installation's authority. */
export interface RecordedAuthority {
  readonly anchors: TrustAnchors;
  /** Undefined where the authority is kept in a folder. */
  readonly keys: KeysById | undefined;
  /** Of the record, as it was read. */
  readonly version: string;
}

/** As they are recorded. */
export const keysById = (keys: KeyedAuthority['keys']): KeysById =>
  Object.fromEntries(
    keys.map(({ certificate, key }) => [keyIdOf(certificate), exportPrivateKey(key).reveal()]),
  );

interface RecordJson {
  readonly format: 1;
  readonly anchors: string;
  readonly keys?: KeysById;
}

/** The authority that belongs to the installation, in its database: its certificates always, its keys by choice. */
export class AuthorityRecord {
  constructor(private readonly values: SealedValues) {}

  async read(): Promise<RecordedAuthority | undefined> {
    const value = await this.values.get(NAME);
    if (!value) return undefined;
    const { anchors, keys } = JSON.parse(value.text) as RecordJson;
    return { anchors: parseTrustAnchors(anchors), keys, version: value.version };
  }

  /**
   * @param replaces what is recorded; undefined: nothing is
   * @returns false, and changes nothing, when something else is by now
   */
  async write(
    { anchors, keys }: Omit<RecordedAuthority, 'version'>,
    replaces: RecordedAuthority | undefined,
  ): Promise<boolean> {
    const json: RecordJson = { format: 1, anchors: formatTrustAnchors(anchors), ...(keys && { keys }) };
    return this.values.put(NAME, { text: JSON.stringify(json), replaces });
  }
}

/** Whether two are at the same place of a succession: the same certificate issues. */
export const isSameAuthority = (one: TrustAnchors, other: TrustAnchors): boolean =>
  fingerprintOf(one) === fingerprintOf(other);

/** Whether one has come after the other. */
export const hasSucceeded = (one: TrustAnchors, other: TrustAnchors): boolean =>
  one.previous.some(({ chain }) => chain[0]!.fingerprint === fingerprintOf(other));

/** What an authority is known by: lower-case hex SHA-256 of the certificate that issues. */
export const fingerprintOf = ({ current }: TrustAnchors): string => current[0]!.fingerprint;
