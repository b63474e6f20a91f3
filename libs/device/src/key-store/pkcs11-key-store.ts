import { createHash, createPublicKey, randomBytes, verify } from 'node:crypto';
import { isProvisionError, invalid } from '@org/domain';
import { type Signer, fingerprint } from '@org/x509';
import { notFound, unavailable } from '../errors.js';
import type { FileSystem } from '../files/file-system.js';
import { writePrivate } from '../files/private-file.js';
import { Mutex } from '../files/mutex.js';
import type { KeyKind, KeyStore, StoredKey } from './key-store.js';
import { type Pkcs11Note, type TokenKey, formatNote, readNote } from './pkcs11-note.js';
import { Pkcs11Tool, type Pkcs11ToolOptions } from './pkcs11-tool.js';

export interface Pkcs11Options extends Pkcs11ToolOptions {
  /** Of the keys in the token (CKA_LABEL), for people. Default `provision-agent`. */
  readonly label?: string;
  /** File that says which of them are which; not secret. */
  readonly notePath: string;
  readonly files: FileSystem;
}

const KEY_TYPES: Readonly<Record<KeyKind, string>> = {
  'P-256': 'EC:prime256v1',
  'RSA-2048': 'rsa:2048',
  'RSA-3072': 'rsa:3072',
};

/**
 * Keys in a PKCS#11 token: an HSM, a TPM, a smart card, SoftHSM. They are made there and cannot leave it: `pem` of a
 * stored key is undefined, and Node's TLS cannot use it.
 *
 * Errors beside those of KeyStore: `unavailable` (`token_unavailable`, `token_failed`), `invalid` (`token_pin_refused`).
 */
export class Pkcs11KeyStore implements KeyStore {
  readonly #options: Pkcs11Options;
  readonly #tool: Pkcs11Tool;
  readonly #turns = new Mutex();
  /** Public keys by id: they do not change, and a token is slow. */
  readonly #known = new Map<string, Buffer>();

  constructor(options: Pkcs11Options) {
    this.#options = options;
    this.#tool = new Pkcs11Tool(options);
  }

  async current(): Promise<StoredKey | undefined> {
    return this.#load((await this.#note()).current);
  }

  async next(): Promise<StoredKey | undefined> {
    return this.#load((await this.#note()).next);
  }

  prepare(kind: KeyKind): Promise<StoredKey> {
    return this.#turns.take(async () => {
      let note = await this.#sweep(await this.#note());
      if (note.next && note.next.kind !== kind) note = await this.#discardNext(note);
      // On record before it is made: a key that no one knows of would stay in the token for ever.
      const next = note.next ?? { id: randomBytes(16).toString('hex'), kind };
      if (!note.next) await this.#write({ ...note, next });
      return (await this.#load(next)) ?? this.#make(next);
    });
  }

  promote(fingerprint: string): Promise<void> {
    return this.#turns.take(async () => {
      const note = await this.#note();
      if ((await this.#load(note.next))?.fingerprint === fingerprint) {
        await this.#sweep(
          await this.#write({ current: note.next!, gone: [...note.gone, ...idsOf(note.current)] }),
        );
      } else if ((await this.#load(note.current))?.fingerprint !== fingerprint) {
        throw notFound('key_missing', 'The token has not got the private key that was asked for.');
      }
    });
  }

  discardNext(): Promise<void> {
    return this.#turns.take(async () => void (await this.#discardNext(await this.#note())));
  }

  destroy(): Promise<void> {
    return this.#turns.take(async () => {
      const { current, next, gone } = await this.#note().catch(() => NOTHING_KNOWN);
      const left = await this.#sweep(await this.#write({ gone: [...gone, ...idsOf(current, next)] }));
      if (left.gone.length === 0) await this.#options.files.remove(this.#options.notePath);
    });
  }

  async #make({ id, kind }: TokenKey): Promise<StoredKey> {
    const { label = 'provision-agent' } = this.#options;
    const how = ['--key-type', KEY_TYPES[kind], '--usage-sign', '--sensitive'];
    const said = await this.#tool.run(['--keypairgen', ...how, '--id', id, '--label', label], {
      login: true,
    });
    const access = /^\s*Access:\s*(.*)$/m.exec(String(said))?.[1] ?? '';
    if (!/\bsensitive\b/.test(access) || !access.includes('never extractable')) {
      await this.#delete(id);
      throw invalid(
        'key_exposed',
        'This token makes keys that can be taken out of it; use another, or a key file.',
      );
    }
    const key = await this.#load({ id, kind });
    if (key) return key;
    throw unavailable('token_failed', 'The token has lost the key that it has just made.');
  }

  async #load(key: TokenKey | undefined): Promise<StoredKey | undefined> {
    if (!key) return undefined;
    const { id } = key;
    const known = this.#known.get(id);
    const publicKey = known ?? (await this.#tool.run(['--read-object', '--type', 'pubkey', '--id', id]));
    if (!publicKey) return undefined;
    this.#known.set(id, publicKey);
    return { fingerprint: fingerprint(publicKey), signer: this.#signer(key, publicKey), pem: undefined };
  }

  #signer({ id, kind }: TokenKey, publicKey: Buffer): Signer {
    const isEc = kind === 'P-256';
    const key = createPublicKey({ key: publicKey, format: 'der', type: 'spki' });
    // Not every token makes the digest for ECDSA.
    const mechanism = isEc ? ['ECDSA', '--signature-format', 'openssl'] : ['SHA256-RSA-PKCS'];
    return {
      algorithm: isEc ? 'ecdsa-sha256' : 'rsa-sha256',
      publicKey,
      sign: async (data) => {
        const input = isEc ? createHash('sha256').update(data).digest() : data;
        const args = ['--sign', '--id', id, '--mechanism', ...mechanism];
        const signature = await this.#tool.run(args, { login: true, input });
        // The private half may be gone, or be another one.
        if (signature && verify('sha256', data, key, signature)) return signature;
        throw invalid(
          'key_missing',
          'The token no longer has the private key that belongs to its public key.',
        );
      },
    };
  }

  async #discardNext({ next, ...note }: Pkcs11Note): Promise<Pkcs11Note> {
    return next ? this.#sweep(await this.#write({ ...note, gone: [...note.gone, next.id] })) : note;
  }

  /**
   * Destroys what is to be destroyed. A token that is not there, or does not let us in, keeps no one from giving an
   * identity up; it is done with the next change, then.
   */
  async #sweep(note: Pkcs11Note): Promise<Pkcs11Note> {
    if (note.gone.length === 0) return note;
    try {
      for (const id of note.gone) await this.#delete(id);
    } catch (error) {
      if (isProvisionError(error) && error.code.startsWith('token_')) return note;
      throw error;
    }
    return this.#write({ ...note, gone: [] });
  }

  async #delete(id: string): Promise<void> {
    this.#known.delete(id);
    for (const type of ['privkey', 'pubkey']) {
      await this.#tool.run(['--delete-object', '--type', type, '--id', id], { login: true });
    }
  }

  async #note(): Promise<Pkcs11Note> {
    const { files, notePath } = this.#options;
    return readNote(notePath, await files.read(notePath));
  }

  async #write(note: Pkcs11Note): Promise<Pkcs11Note> {
    await writePrivate(this.#options.files, this.#options.notePath, formatNote(note));
    return note;
  }
}

/** A note that cannot be read must not keep anybody from giving the identity up. */
const NOTHING_KNOWN: Pkcs11Note = { gone: [] };

const idsOf = (...keys: readonly (TokenKey | undefined)[]): string[] => keys.flatMap((key) => key?.id ?? []);
