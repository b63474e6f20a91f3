import { type CertificateStore, MemoryCertificateStore } from '../../src/index.js';

type Write = 'recordIntents' | 'recordSigned' | 'recordUnsigned' | 'recordRevoked' | 'recordUsed';

/** A memory store whose process dies at a write: before it is done, or after it but before the answer. */
export class FailingStore extends MemoryCertificateStore {
  #failure: { readonly write: Write; readonly when: 'before' | 'after' } | undefined;
  /** Names of the writes that were called, with how many items each had. */
  readonly calls: [Write, number][] = [];

  failAt(write: Write, when: 'before' | 'after'): void {
    this.#failure = { write, when };
  }

  recover(): void {
    this.#failure = undefined;
  }

  override recordIntents = (items: Parameters<CertificateStore['recordIntents']>[0]): Promise<void> =>
    this.#write('recordIntents', items.length, () => super.recordIntents(items));

  override recordSigned = (items: Parameters<CertificateStore['recordSigned']>[0]): Promise<void> =>
    this.#write('recordSigned', items.length, () => super.recordSigned(items));

  override recordRevoked = (items: Parameters<CertificateStore['recordRevoked']>[0]): Promise<string[]> =>
    this.#write('recordRevoked', items.length, () => super.recordRevoked(items));

  override recordUsed = (serial: string, at: number): Promise<void> =>
    this.#write('recordUsed', 1, () => super.recordUsed(serial, at));

  async #write<T>(write: Write, items: number, run: () => Promise<T>): Promise<T> {
    this.calls.push([write, items]);
    const when = this.#failure?.write === write ? this.#failure.when : undefined;
    if (when === 'before') throw new Error('power cut');
    const result = await run();
    if (when === 'after') throw new Error('power cut');
    return result;
  }
}
