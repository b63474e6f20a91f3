import { dirname, resolve } from 'node:path';
import type { KeyObject } from 'node:crypto';
import { Secret, invalid } from '@org/domain';
import { exportPrivateKey, readPrivateKey } from '@org/x509';
import { notFound } from '../errors.js';
import { folderInTheWay } from '../files/errors.js';
import type { FileFacts, FileSystem } from '../files/file-system.js';
import { newNameOf, writePrivate } from '../files/private-file.js';
import type { KeyKind, KeyStore, StoredKey } from './key-store.js';
import { isOfKind, makeKey, storedKey } from './make-key.js';

const OTHERS_MAY_USE = 0o077;
const OTHERS_MAY_WRITE = 0o022;
const ROOT = 0;

/**
 * Keys as PKCS#8 PEM files of mode 0600: the current one at the path given, the next one beside it with `.next`
 * behind its name.
 *
 * A key that others can read, or put another in the place of, is refused and not repaired: a process that could read it may
 * have done so, and only people can tell whether that matters.
 */
export class FileKeyStore implements KeyStore {
  readonly #path: string;
  readonly #files: FileSystem;
  readonly #owner: number | undefined;

  /** @param owner id of the user that the agent runs as; keys of others, root excepted, are refused. Default: this process's. */
  constructor(path: string, files: FileSystem, owner: number | undefined = process.getuid?.()) {
    this.#path = resolve(path);
    this.#files = files;
    this.#owner = owner;
  }

  get #nextPath(): string {
    return `${this.#path}.next`;
  }

  current(): Promise<StoredKey | undefined> {
    return this.#load(this.#path);
  }

  next(): Promise<StoredKey | undefined> {
    return this.#load(this.#nextPath);
  }

  async prepare(kind: KeyKind): Promise<StoredKey> {
    // Said now, and not when its certificate is there and it is to take its place.
    if ((await this.#files.facts(this.#path))?.kind === 'folder') throw folderInTheWay(this.#path);
    const existing = await this.#read(this.#nextPath);
    if (existing && isOfKind(existing, kind)) return storedKey(existing);
    await this.#assertFolder();
    const key = await makeKey(kind);
    const pem = exportPrivateKey(key);
    await writePrivate(this.#files, this.#nextPath, pem.reveal());
    return storedKey(key, pem);
  }

  async promote(fingerprint: string): Promise<void> {
    // The next key first: it may have to take the place of one that is refused.
    if ((await this.next())?.fingerprint === fingerprint) {
      await this.#files.rename(this.#nextPath, this.#path);
    } else if ((await this.current())?.fingerprint !== fingerprint) {
      throw notFound(
        'key_missing',
        `${this.#path}: neither this private key nor the next one is the one asked for`,
      );
    }
    await this.#files.syncFolder(dirname(this.#path));
  }

  async discardNext(): Promise<void> {
    await this.#forget(this.#nextPath);
  }

  async destroy(): Promise<void> {
    await this.#forget(this.#nextPath, this.#path);
  }

  async #forget(...paths: readonly string[]): Promise<void> {
    for (const path of paths.flatMap((each) => [newNameOf(each), each])) await this.#files.remove(path);
    if (await this.#files.facts(dirname(this.#path))) await this.#files.syncFolder(dirname(this.#path));
  }

  async #load(path: string): Promise<StoredKey | undefined> {
    const key = await this.#read(path);
    return key && storedKey(key);
  }

  async #read(path: string): Promise<KeyObject | undefined> {
    const facts = await this.#files.facts(path);
    if (facts === undefined) return undefined;
    this.#assertPrivate(path, facts);
    await this.#assertFolder();
    const text = await this.#files.read(path);
    return text === undefined ? undefined : readKey(path, new Secret(text));
  }

  #assertPrivate(path: string, facts: FileFacts): void {
    if (facts.mode & OTHERS_MAY_USE) {
      const mode = facts.mode.toString(8).padStart(4, '0');
      throw invalid(
        'key_exposed',
        `${path}: others can use this private key (mode ${mode}); run "chmod 600 ${path}", and if someone may ` +
          'have copied it, deprovision this device and enrol it with a new key',
        { details: { path, mode } },
      );
    }
    if (this.#isStranger(facts)) throw this.#owned(path, facts);
  }

  /** A process that may write into the folder can put another key in the place of this one. */
  async #assertFolder(): Promise<void> {
    const folder = dirname(this.#path);
    const facts = await this.#files.facts(folder);
    if (facts === undefined) return;
    if (facts.mode & OTHERS_MAY_WRITE) {
      const mode = facts.mode.toString(8).padStart(4, '0');
      throw invalid(
        'key_exposed',
        `${folder}: others can replace the private key in this folder (mode ${mode}); run "chmod 700 ${folder}"`,
        { details: { path: folder, mode } },
      );
    }
    if (this.#isStranger(facts)) throw this.#owned(folder, facts);
  }

  #isStranger({ owner }: FileFacts): boolean {
    return this.#owner !== undefined && this.#owner !== ROOT && owner !== this.#owner && owner !== ROOT;
  }

  #owned(path: string, { owner }: FileFacts): Error {
    return invalid(
      'key_exposed',
      `${path}: this belongs to user ${owner}, and the agent runs as user ${this.#owner}; run ` +
        `"chown ${this.#owner} ${path}", or run the agent as its owner`,
      { details: { path, owner } },
    );
  }
}

function readKey(path: string, pem: Secret): KeyObject {
  try {
    return readPrivateKey(pem);
  } catch (cause) {
    throw invalid(
      'key_unreadable',
      `${path}: this is not a private key in PEM form without a passphrase; restore it from where it was changed, ` +
        'or deprovision this device and enrol it again',
      { details: { path }, cause },
    );
  }
}
