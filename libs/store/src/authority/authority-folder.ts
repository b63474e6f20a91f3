import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { KeyObject } from 'node:crypto';
import type { Secret } from '@org/domain';
import { type TrustAnchors, formatTrustAnchors, parseTrustAnchors } from '@org/pki';
import { type ParsedCertificate, exportPrivateKey, readPrivateKey } from '@org/x509';
import { assertNotChangeable, isExposed } from '../file-modes.js';
import { createPrivateFile, makePrivateFolder, readPrivateFile, writePrivateFile } from '../private-file.js';
import { unusablePath } from '../unusable-path.js';
import { type KeyState, type KeyedAuthority, keyIdOf } from './authority-store.js';

const EXPOSED = 'authority_folder_exposed';

/**
 * An authority's certificates and keys in a folder of mode 0700:
 *
 * - `trust-anchors.json`: which chain issues, which were before it and until when they are served. Replaced at
 *   once, and last, so that at any instant the folder holds one consistent authority;
 * - `keys/<subject key identifier>.key`: PKCS#8, mode 0600, encrypted where there is a passphrase.
 *
 * What reads or writes throws ProvisionError invalid `authority_path_invalid` where the folder cannot be used.
 */
export class AuthorityFolder {
  constructor(
    readonly path: string,
    private readonly passphrase: Secret | undefined,
  ) {}

  /** Undefined where there is no authority. @throws ProvisionError `trust_anchors_malformed`, `authority_folder_exposed` */
  anchors(): TrustAnchors | undefined {
    if (!existsSync(this.#anchorsPath)) return undefined;
    assertNotChangeable(this.#anchorsPath, EXPOSED);
    return parseTrustAnchors(this.#in(() => readFileSync(this.#anchorsPath)));
  }

  /** Undefined when the key is kept elsewhere. @throws ProvisionError `key_file_exposed`, `key_passphrase_wrong` … */
  key(certificate: ParsedCertificate): KeyObject | undefined {
    const path = this.keyPath(certificate);
    assertNotChangeable(path, EXPOSED);
    const pem = this.#in(() => readPrivateFile(path));
    return pem === undefined ? undefined : readPrivateKey(pem, this.passphrase);
  }

  keyState(certificate: ParsedCertificate): KeyState {
    const path = this.keyPath(certificate);
    if (!existsSync(path)) return 'absent';
    return isExposed(path) ? 'exposed' : 'present';
  }

  keyPath(certificate: ParsedCertificate): string {
    return join(this.path, 'keys', `${keyIdOf(certificate)}.key`);
  }

  /** @returns false, and leaves what is there alone, when someone was faster */
  create({ anchors, keys }: KeyedAuthority): boolean {
    this.saveKeys(keys);
    const isFirst = this.#in(() => createPrivateFile(this.#anchorsPath, formatTrustAnchors(anchors)));
    if (!isFirst) this.removeKeys(keys);
    return isFirst;
  }

  /** Takes away again what `create` has put here. */
  remove({ keys }: KeyedAuthority): void {
    this.#in(() => rmSync(this.#anchorsPath));
    this.removeKeys(keys);
  }

  /** Also makes it the authority that issues; its key must have been saved. */
  saveAnchors(anchors: TrustAnchors): void {
    this.#in(() => {
      makePrivateFolder(this.path);
      writePrivateFile(this.#anchorsPath, formatTrustAnchors(anchors));
    });
  }

  saveKeys(keys: KeyedAuthority['keys']): void {
    this.#in(() => {
      makePrivateFolder(join(this.path, 'keys'));
      for (const { certificate, key } of keys)
        writePrivateFile(this.keyPath(certificate), exportPrivateKey(key, this.passphrase).reveal());
    });
  }

  removeKeys(keys: KeyedAuthority['keys']): void {
    this.#in(() => keys.forEach(({ certificate }) => rmSync(this.keyPath(certificate))));
  }

  get #anchorsPath(): string {
    return join(this.path, 'trust-anchors.json');
  }

  /** What someone chose is the folder, so that is what is wrong, not a file in it. */
  #in<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      throw unusablePath(this.path, 'authority_path_invalid', error);
    }
  }
}
