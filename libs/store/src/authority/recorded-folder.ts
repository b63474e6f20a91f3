import { type TrustAnchors } from '@org/pki';
import { type ParsedCertificate, type Signer, keySigner } from '@org/x509';
import type { AuthorityFolder } from './authority-folder.js';
import {
  type AuthorityRecord,
  type RecordedAuthority,
  hasSucceeded,
  isSameAuthority,
  keysById,
} from './authority-record.js';
import {
  type AuthorityStore,
  type KeyState,
  type KeyedAuthority,
  existingAnchors,
} from './authority-store.js';
import { contended, keptInDatabase, notHere, ofAnother, superseded } from './refusals.js';

/**
 * The authority in a folder, while the database knows whose it is: a replica with another folder does not go its own
 * way. A crash between the two leaves one ahead of the other, which `confirmed` mends.
 */
export class RecordedFolder implements AuthorityStore {
  constructor(
    private readonly folder: AuthorityFolder,
    private readonly record: AuthorityRecord,
  ) {}

  get place(): string {
    return this.folder.path;
  }

  async anchors(): Promise<TrustAnchors | undefined> {
    return this.folder.anchors();
  }

  async confirmed(): Promise<TrustAnchors | undefined> {
    const mine = this.folder.anchors();
    const recorded = await this.record.read();
    if (recorded?.keys) throw keptInDatabase(this.folder.path);
    if (mine && recorded && isSameAuthority(mine, recorded.anchors)) return mine;
    if (mine && (!recorded || hasSucceeded(mine, recorded.anchors)))
      return (await this.#record(mine, recorded)) ? mine : this.confirmed();
    return recorded && this.#caughtUp(mine, recorded.anchors);
  }

  #record(anchors: TrustAnchors, replaces: RecordedAuthority | undefined): Promise<boolean> {
    return this.record.write({ anchors, keys: undefined }, replaces);
  }

  /** A folder that has the key of the authority in the database lacks nothing but the word of it. */
  #caughtUp(mine: TrustAnchors | undefined, known: TrustAnchors): TrustAnchors {
    const { path } = this.folder;
    if (mine && !hasSucceeded(known, mine)) throw ofAnother(path, mine, known);
    if (this.folder.keyState(known.current[0]!) === 'absent')
      throw mine ? superseded(path, mine, known) : notHere(path, known);
    this.folder.saveAnchors(known);
    return known;
  }

  async signer(certificate: ParsedCertificate): Promise<Signer | undefined> {
    const key = this.folder.key(certificate);
    return key && keySigner(key);
  }

  async keyState(certificate: ParsedCertificate): Promise<KeyState> {
    return this.folder.keyState(certificate);
  }

  keyPlace(certificate: ParsedCertificate): string {
    return this.folder.keyPath(certificate);
  }

  /**
   * Puts the keys into the database, and leaves the folder as it is: from then on the authority is kept there.
   *
   * @throws ProvisionError invalid `authority_missing`; conflict `authority_contended`; and as `confirmed` and `signer`
   */
  async moveToDatabase(): Promise<void> {
    const anchors = await existingAnchors(this);
    const certificates = [...anchors.current, ...anchors.previous.flatMap(({ chain }) => chain)];
    const keys = certificates.flatMap((certificate) => {
      const key = this.folder.key(certificate);
      return key ? [{ certificate, key }] : [];
    });
    const recorded = await this.record.read();
    if (recorded && isSameAuthority(recorded.anchors, anchors)) {
      if (await this.record.write({ anchors, keys: keysById(keys) }, recorded)) return;
    }
    throw contended(this.place);
  }

  async create(authority: KeyedAuthority): Promise<boolean> {
    if (await this.confirmed()) return false;
    if (!this.folder.create(authority)) return false;
    if (await this.#record(authority.anchors, undefined)) return true;
    // Someone was faster, perhaps with another folder.
    this.folder.remove(authority);
    return false;
  }

  async replace({ anchors, keys }: KeyedAuthority, before: TrustAnchors): Promise<boolean> {
    const recorded = await this.record.read();
    if (!recorded || recorded.keys || !isSameAuthority(recorded.anchors, before)) return false;
    // Keys first: a folder that has them catches up with the database after a crash.
    this.folder.saveKeys(keys);
    const isNext = await this.#record(anchors, recorded);
    if (isNext) this.folder.saveAnchors(anchors);
    else this.folder.removeKeys(keys);
    return isNext;
  }
}
