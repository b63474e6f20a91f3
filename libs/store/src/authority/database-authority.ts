import { Secret } from '@org/domain';
import { type TrustAnchors } from '@org/pki';
import { type ParsedCertificate, type Signer, keySigner, readPrivateKey } from '@org/x509';
import { type AuthorityRecord, isSameAuthority, keysById } from './authority-record.js';
import {
  type AuthorityStore,
  type KeyState,
  type KeyedAuthority,
  existingAnchors,
  keyIdOf,
} from './authority-store.js';
import { contended, keptInFolder } from './refusals.js';

/** The authority in the database, its keys sealed: a replica needs nothing but the database and the state key. */
export class DatabaseAuthority implements AuthorityStore {
  readonly place = 'the database';

  constructor(private readonly record: AuthorityRecord) {}

  async anchors(): Promise<TrustAnchors | undefined> {
    return (await this.record.read())?.anchors;
  }

  async confirmed(): Promise<TrustAnchors | undefined> {
    const recorded = await this.record.read();
    if (recorded && !recorded.keys) throw keptInFolder(recorded.anchors);
    return recorded?.anchors;
  }

  async signer(certificate: ParsedCertificate): Promise<Signer | undefined> {
    const pem = (await this.record.read())?.keys?.[keyIdOf(certificate)];
    return pem === undefined ? undefined : keySigner(readPrivateKey(new Secret(pem)));
  }

  async keyState(certificate: ParsedCertificate): Promise<KeyState> {
    const keys = (await this.record.read())?.keys ?? {};
    return keyIdOf(certificate) in keys ? 'present' : 'absent';
  }

  keyPlace(certificate: ParsedCertificate): string {
    return `the database, key ${keyIdOf(certificate)}`;
  }

  create({ anchors, keys }: KeyedAuthority): Promise<boolean> {
    return this.record.write({ anchors, keys: keysById(keys) }, undefined);
  }

  /**
   * Has a key kept elsewhere from now on, such as a root's.
   *
   * @param keepElsewhere told the key (PKCS#8, PEM) before it is removed here
   * @returns false when it is kept elsewhere already
   * @throws ProvisionError conflict `authority_contended`; and what `keepElsewhere` does: the key stays here then
   */
  async takeKey(certificate: ParsedCertificate, keepElsewhere: (pem: Secret) => void): Promise<boolean> {
    const recorded = await this.record.read();
    const { [keyIdOf(certificate)]: pem, ...others } = recorded?.keys ?? {};
    if (!recorded || pem === undefined) return false;
    keepElsewhere(new Secret(pem));
    if (await this.record.write({ ...recorded, keys: others }, recorded)) return true;
    throw contended(this.place);
  }

  /** Puts a key that was kept elsewhere back. @throws ProvisionError conflict `authority_contended`, and as `confirmed` */
  async putKey(keyed: KeyedAuthority['keys'][number]): Promise<void> {
    await existingAnchors(this);
    const recorded = (await this.record.read())!;
    const keys = { ...recorded.keys, ...keysById([keyed]) };
    if (!(await this.record.write({ ...recorded, keys }, recorded))) throw contended(this.place);
  }

  async replace({ anchors, keys }: KeyedAuthority, before: TrustAnchors): Promise<boolean> {
    const recorded = await this.record.read();
    if (!recorded?.keys || !isSameAuthority(recorded.anchors, before)) return false;
    return this.record.write({ anchors, keys: { ...recorded.keys, ...keysById(keys) } }, recorded);
  }
}
