import { join } from 'node:path';
import { type JsonValue, type Secret, isProvisionError } from '@org/domain';
import { type Changes, type Contents, FileSet } from '../files/file-set.js';
import type { FileSystem } from '../files/file-system.js';
import type { KeyStore } from '../key-store/key-store.js';
import type { IdentityPaths } from '../settings/settings.js';
import { conflict, enrolling } from '../errors.js';
import { certificatesIn, isSameBundle, readBundle } from './bundle.js';
import type { CheckedIdentity } from './check.js';
import { type IdentityReport, readable, reportIdentity } from './identity.js';
import type { BootstrapAccess } from './issued.js';
import { formatRecord, readRecord } from './record.js';
import type { Trust } from './trust.js';

/** Files in which work under way is noted; they change together with the identity when that work ends. */
type Note = 'enrolment' | 'renewal';

type Name = 'cert' | 'csr' | 'caBundle' | 'root' | 'record' | Note;

/** What has to be done with the keys once the files have changed; kept in the journal. */
type KeyChange = { readonly promote: string } | { readonly discardNext: true } | { readonly destroy: true };

interface IdentityStoreOptions {
  readonly paths: IdentityPaths;
  readonly keys: KeyStore;
  readonly files: FileSystem;
}

interface Installation {
  /** PEM of the request that the certificate was issued for. */
  readonly csr: string;
  /** Notes that change at the same instant; null removes one. */
  readonly notes: { readonly [note in Note]?: string | Secret | null };
  /** Fingerprint of the certificate that this one takes the place of. Undefined: whatever is there, or nothing. */
  readonly replaces?: string;
}

/**
 * The identity of a device on its disk. It changes as a whole: certificate, chain, root, key, and what the agent notes
 * beside them. One process at a time may write; any number may read.
 *
 * All methods throw ProvisionError: what FileSystem, FileSet and KeyStore do.
 */
export class IdentityStore {
  readonly keys: KeyStore;
  readonly #set: FileSet<Name>;

  constructor({ paths, keys, files }: IdentityStoreOptions) {
    const { cert, csr, caBundle, root, state } = paths;
    const noted = (name: string): string => join(state, `${name}.json`);
    this.keys = keys;
    this.#set = new FileSet<Name>({
      paths: {
        ...{ cert, csr, caBundle, root },
        record: noted('identity'),
        enrolment: noted('enrolment'),
        renewal: noted('renewal'),
      },
      journal: noted('journal'),
      files,
      finish: (then) => this.#changeKeys(then),
    });
  }

  /** To be called at start by a process that is going to write: finishes or discards a change that was cut off. */
  recover(): Promise<void> {
    return this.#set.recover();
  }

  /** @param now milliseconds since 1970 */
  async report(now: number): Promise<IdentityReport> {
    const files = await this.#set.read();
    return reportIdentity(files, { keys: this.keys, enrolling: files.enrolment !== undefined, now });
  }

  /**
   * @param fingerprint of the root to trust while there is none on the disk
   * @throws ProvisionError `invalid` (`certificate_unreadable`) also for a root on the disk that cannot be read
   */
  async trust(fingerprint?: string): Promise<Trust> {
    const { root = '' } = await this.#set.read();
    if (root.trim() !== '')
      return { kind: 'pinned', roots: readable('The root certificate', () => readBundle(root)) };
    return fingerprint === undefined ? { kind: 'first_use' } : { kind: 'fingerprint', sha256: fingerprint };
  }

  /** As the server told it with the certificate. */
  async bootstrapAccess(): Promise<BootstrapAccess | undefined> {
    return readRecord((await this.#set.read()).record)?.bootstrap;
  }

  /** Whether someone has put the root on the disk beforehand; false when it came from a server. */
  async rootIsPinned(): Promise<boolean> {
    return isPinned(await this.#set.read());
  }

  async readNote(note: Note): Promise<string | undefined> {
    return (await this.#set.read())[note];
  }

  /** Whether the certificate with this fingerprint is the installed one. */
  async holds(fingerprint: string): Promise<boolean> {
    return isOf(fingerprint, await this.#set.read());
  }

  /**
   * @param about fingerprint of the certificate that the note belongs to, if to any
   * @throws ProvisionError `conflict` (`identity_replaced`) when that is not the installed one; nothing is written then
   */
  writeNote(note: Note, text: string | Secret | null, about?: string): Promise<void> {
    return this.#set.commit({ [note]: text } as Changes<Name>, null, stillOf(about));
  }

  /**
   * Gives an enrolment up, with its key.
   *
   * @param text of its note
   * @throws ProvisionError `conflict` (`enrolment_under_way`) when the note is that of another one by now
   */
  dropEnrolment(text: string): Promise<void> {
    return this.#set.commit({ enrolment: null }, { discardNext: true } satisfies KeyChange, (before) => {
      if (before.enrolment !== text) throw enrolling();
    });
  }

  /**
   * Makes a checked certificate the identity of this device, and its key the current one. When this throws, the identity
   * is what it was.
   *
   * @throws ProvisionError `conflict` (`identity_replaced`) when `replaces` is not the installed certificate (any more):
   * who has given an identity up does not get it back
   */
  async install(checked: CheckedIdentity, { csr, notes, replaces }: Installation): Promise<void> {
    const { files, issued, keyFingerprint } = checked;
    const before = await this.#set.read();
    const record = readRecord(before.record);
    const changes: Changes<Name> = {
      ...notes,
      ...files,
      // The same once more is not written: it may be pinned where nothing can be.
      ...(isSameBundle(before.root ?? '', files.root) && { root: undefined }),
      csr,
      record: formatRecord({
        rootWasPinned: isPinned(before),
        // A renewal brings none along; the machine that enrols may be another by now.
        bootstrap: issued.bootstrap ?? (replaces === undefined ? undefined : record?.bootstrap),
      }),
    };
    try {
      await this.#set.commit(changes, { promote: keyFingerprint } satisfies KeyChange, stillOf(replaces));
    } catch (error) {
      // What is left is to tidy up, which the next change does: the caller must not take it for undone.
      if ((await this.#set.read()).cert !== files.cert) throw error;
    }
  }

  /**
   * Takes the identity off this device, key included, and nothing that was not part of it. A root certificate that was
   * there before the first enrolment stays. May be repeated, and works on an identity that is incomplete or broken.
   */
  async remove(): Promise<void> {
    await this.#set.commit(await this.#removal(), { destroy: true } satisfies KeyChange);
  }

  /** Finds out whether `remove` could remove the files, as far as that can be told beforehand. */
  async assertRemovable(): Promise<void> {
    await this.#set.rehearse(await this.#removal());
  }

  async #removal(): Promise<Changes<Name>> {
    const keepsRoot = isPinned(await this.#set.read());
    return {
      ...{ cert: null, csr: null, caBundle: null, record: null, enrolment: null, renewal: null },
      ...(!keepsRoot && { root: null }),
    };
  }

  async #changeKeys(then: JsonValue): Promise<void> {
    const change = then as KeyChange;
    if ('destroy' in change) return this.keys.destroy();
    if ('discardNext' in change) return this.keys.discardNext();
    try {
      await this.keys.promote(change.promote);
    } catch (error) {
      // The key is gone for good. The report says so; stopping here would also stop a new enrolment.
      if (!isProvisionError(error) || error.code !== 'key_missing') throw error;
    }
  }
}

const isPinned = ({ cert, record, root }: Contents<Name>): boolean =>
  root !== undefined && (readRecord(record)?.rootWasPinned ?? cert === undefined);

/** A certificate that cannot be read is another one. */
function isOf(fingerprint: string, { cert = '' }: Contents<Name>): boolean {
  try {
    return certificatesIn(cert)[0]?.fingerprint === fingerprint;
  } catch {
    return false;
  }
}

const stillOf =
  (fingerprint: string | undefined) =>
  (before: Contents<Name>): void => {
    if (fingerprint === undefined || isOf(fingerprint, before)) return;
    throw conflict(
      'identity_replaced',
      'The identity that this was for has been given up or replaced meanwhile.',
    );
  };
