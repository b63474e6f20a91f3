import { verify } from 'node:crypto';
import { afterEach, describe, expect, it } from '@jest/globals';
import { createCsr, readCsr } from '@org/x509';
import { type KeyKind, type KeyStore, findKey } from '../key-store/key-store.js';

interface KeyStoreUnderTest {
  readonly store: KeyStore;
  /** The same keys through a new store, as after a restart. */
  reopen(): Promise<KeyStore>;
  close(): Promise<void>;
}

interface KeyStoreContractOptions {
  /** Kinds of key that this store can make. Default: P-256 alone, as every device can. */
  readonly kinds?: readonly KeyKind[];
}

/** What every key store must do; `open` gives an empty one. */
export function keyStoreContract(
  name: string,
  open: () => Promise<KeyStoreUnderTest>,
  { kinds = ['P-256'] }: KeyStoreContractOptions = {},
): void {
  describe(`key store contract: ${name}`, () => {
    const opened: KeyStoreUnderTest[] = [];
    afterEach(async () => {
      for (const each of opened.splice(0)) await each.close();
    });
    const start = async (): Promise<KeyStoreUnderTest> => {
      const under = await open();
      opened.push(under);
      return under;
    };

    it.each(kinds)('makes a %s key that signs', async (kind) => {
      const { store } = await start();
      const { signer, fingerprint } = await store.prepare(kind);
      const request = readCsr(await createCsr(signer, { subject: { commonName: 'machine-1' } }));
      expect(request.keyFingerprint).toBe(fingerprint);
      const data = Buffer.from('to be signed');
      const key = { key: signer.publicKey, format: 'der', type: 'spki' } as const;
      expect(verify('sha256', data, key, await signer.sign(data))).toBe(true);
    });

    it('has no key at first', async () => {
      const { store } = await start();
      expect(await store.current()).toBeUndefined();
      expect(await store.next()).toBeUndefined();
    });

    it('gives the same next key until it is promoted, also after a restart', async () => {
      const { store, reopen } = await start();
      const { fingerprint } = await store.prepare('P-256');
      expect((await store.prepare('P-256')).fingerprint).toBe(fingerprint);
      const again = await reopen();
      expect((await again.next())?.fingerprint).toBe(fingerprint);
      expect((await again.prepare('P-256')).fingerprint).toBe(fingerprint);
      expect(await again.current()).toBeUndefined();
    });

    it('keeps the current key while a next one is made and discarded', async () => {
      const { store, reopen } = await start();
      const first = await promoted(store);
      const next = await store.prepare('P-256');
      expect(next.fingerprint).not.toBe(first);
      expect((await findKey(store, next.fingerprint))?.fingerprint).toBe(next.fingerprint);
      await store.discardNext();
      await store.discardNext();
      const again = await reopen();
      expect(await again.next()).toBeUndefined();
      expect((await again.current())?.fingerprint).toBe(first);
    });

    it('promotes once, and says so again when asked again', async () => {
      const { store, reopen } = await start();
      const first = await promoted(store);
      const second = await promoted(store);
      await store.promote(second);
      const again = await reopen();
      await again.promote(second);
      expect((await again.current())?.fingerprint).toBe(second);
      expect(await again.next()).toBeUndefined();
      expect(await findKey(again, first)).toBeUndefined();
    });

    it('changes nothing when asked to promote a key that it does not have', async () => {
      const { store } = await start();
      const first = await promoted(store);
      const next = await store.prepare('P-256');
      await expect(store.promote('0'.repeat(64))).rejects.toMatchObject({ code: 'key_missing' });
      expect((await store.current())?.fingerprint).toBe(first);
      expect((await store.next())?.fingerprint).toBe(next.fingerprint);
    });

    it('forgets every key, repeatedly', async () => {
      const { store, reopen } = await start();
      await promoted(store);
      await store.prepare('P-256');
      await store.destroy();
      await store.destroy();
      const again = await reopen();
      expect(await again.current()).toBeUndefined();
      expect(await again.next()).toBeUndefined();
    });
  });
}

async function promoted(store: KeyStore): Promise<string> {
  const { fingerprint } = await store.prepare('P-256');
  await store.promote(fingerprint);
  return fingerprint;
}
