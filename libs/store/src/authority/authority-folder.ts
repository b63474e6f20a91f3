import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { ProvisionError, type Secret } from '@org/domain';
import {
  type Authority,
  type IssuingAuthority,
  type ParsedCertificate,
  type Signer,
  type TrustAnchors,
  exportPrivateKey,
  formatTrustAnchors,
  keySigner,
  loadAuthority,
  parseTrustAnchors,
  readPrivateKey,
} from '@org/pki';
import type { KeyObject } from 'node:crypto';
import { createPrivateFile, makePrivateFolder, readPrivateFile, writePrivateFile } from '../private-file.js';
import { unusablePath } from '../unusable-path.js';

/**
 * The authority's certificates and keys in a folder of mode 0700:
 *
 * - `trust-anchors.json`: which chain issues, which were before it and until when they are served. Replaced at
 *   once, and last, so that at any instant the folder holds one consistent authority;
 * - `keys/<subject key identifier>.key`: PKCS#8, mode 0600, encrypted where there is a passphrase. The root's may
 *   be kept elsewhere: it is needed only to certify another authority.
 *
 * What reads or writes throws ProvisionError invalid `authority_path_invalid` where the folder cannot be used.
 */
export class AuthorityFolder {
  constructor(
    readonly path: string,
    private readonly passphrase: Secret | undefined,
  ) {}

  get #anchorsPath(): string {
    return join(this.path, 'trust-anchors.json');
  }

  /** Whether an authority was put here. */
  exists(): boolean {
    return existsSync(this.#anchorsPath);
  }

  /** @throws ProvisionError `authority_missing`, `trust_anchors_malformed` */
  anchors(): TrustAnchors {
    if (!this.exists()) throw missing(this.path);
    return parseTrustAnchors(this.#in(() => readFileSync(this.#anchorsPath)));
  }

  /** Also makes it the authority that issues; its key must have been saved. */
  saveAnchors(anchors: TrustAnchors): void {
    this.#in(() => {
      makePrivateFolder(this.path);
      writePrivateFile(this.#anchorsPath, formatTrustAnchors(anchors));
    });
  }

  /**
   * The first of this folder, likewise.
   *
   * @returns false, and leaves what is there alone, when somebody was faster
   */
  createAnchors(anchors: TrustAnchors): boolean {
    return this.#in(() => {
      makePrivateFolder(this.path);
      return createPrivateFile(this.#anchorsPath, formatTrustAnchors(anchors));
    });
  }

  saveKey(certificate: ParsedCertificate, key: KeyObject): void {
    this.#in(() => {
      makePrivateFolder(join(this.path, 'keys'));
      writePrivateFile(this.keyPath(certificate), exportPrivateKey(key, this.passphrase).reveal());
    });
  }

  removeKey(certificate: ParsedCertificate): void {
    this.#in(() => rmSync(this.keyPath(certificate)));
  }

  /** Undefined when the key is kept elsewhere. @throws ProvisionError `key_file_exposed`, `key_passphrase_wrong` … */
  signer(certificate: ParsedCertificate): Signer | undefined {
    const pem = this.#in(() => readPrivateFile(this.keyPath(certificate)));
    return pem === undefined ? undefined : keySigner(readPrivateKey(pem, this.passphrase));
  }

  keyPath(certificate: ParsedCertificate): string {
    return join(this.path, 'keys', `${certificate.subjectKeyId!.toString('hex')}.key`);
  }

  /** What somebody chose is the folder, so that is what is wrong, not a file in it. */
  #in<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      throw unusablePath(this.path, 'authority_path_invalid', error);
    }
  }

  /**
   * The authority that issues.
   *
   * @throws ProvisionError `invalid`: `authority_missing`, `authority_key_missing`, and what `loadAuthority` throws
   */
  async current(now: number): Promise<IssuingAuthority> {
    const [certificate, ...chain] = this.anchors().current;
    const signer = this.signer(certificate!);
    if (!signer) throw keyMissing(this.keyPath(certificate!));
    return loadAuthority({ certificate: certificate!, signer, chain, now });
  }

  /** Authorities that no longer issue, but still answer for what they issued. */
  previous(now: number): Authority[] {
    const served = this.anchors().previous.filter(({ servedUntil }) => now < servedUntil);
    return served.flatMap(({ chain: [certificate] }) => {
      const signer = certificate && this.signer(certificate);
      return signer ? [{ certificate, signer }] : [];
    });
  }
}

const missing = (path: string): ProvisionError =>
  new ProvisionError({
    kind: 'invalid',
    code: 'authority_missing',
    message: `${path}: there is no authority here; make one with: provision-ca create`,
  });

const keyMissing = (path: string): ProvisionError =>
  new ProvisionError({
    kind: 'invalid',
    code: 'authority_key_missing',
    message: `${path}: the key of the authority that issues is not there`,
  });
