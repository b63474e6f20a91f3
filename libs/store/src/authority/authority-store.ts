import { type Authority, type IssuingAuthority, type TrustAnchors, loadAuthority } from '@org/pki';
import { type ParsedCertificate, type Signer } from '@org/x509';
import { invalid } from '@org/domain';
import type { KeyObject } from 'node:crypto';

/** - `exposed`: others than its owner may read or write it, so it is refused.
 *  - `absent`: it is kept elsewhere. */
export type KeyState = 'present' | 'exposed' | 'absent';

/** Certificates of an authority, and keys that belong to some of them. */
export interface KeyedAuthority {
  readonly anchors: TrustAnchors;
  readonly keys: readonly { readonly certificate: ParsedCertificate; readonly key: KeyObject }[];
}

/**
 * Where the authority of an installation is kept. A root's key may be kept elsewhere: it is needed only to certify
 * another authority.
 */
export interface AuthorityStore {
  /** For people: what to call it in a sentence. */
  readonly place: string;
  /** Undefined where there is none. To look at; what is to be used is `confirmed`. */
  anchors(): Promise<TrustAnchors | undefined>;
  /**
   * The same, after making sure that it is this installation's authority: of two places that are not at one, only the
   * one that the database knows is used.
   *
   * @throws ProvisionError invalid: `authority_elsewhere`, `authority_of_another`, `authority_superseded`
   */
  confirmed(): Promise<TrustAnchors | undefined>;
  /** Undefined when the key is kept elsewhere. @throws ProvisionError `key_file_exposed`, `key_passphrase_wrong` … */
  signer(certificate: ParsedCertificate): Promise<Signer | undefined>;
  keyState(certificate: ParsedCertificate): Promise<KeyState>;
  /** For people: where its key is, or would be. */
  keyPlace(certificate: ParsedCertificate): string;
  /**
   * Puts the first authority of the installation here.
   *
   * @returns false, and leaves what is there alone, when there is one, also when another process was faster
   * @throws as `confirmed`
   */
  create(authority: KeyedAuthority): Promise<boolean>;
  /**
   * Puts another in its place; keys of those before stay.
   *
   * @returns false, and changes nothing, when it is not the one with `before` any more
   */
  replace(authority: KeyedAuthority, before: TrustAnchors): Promise<boolean>;
}

/**
 * The authority that issues.
 *
 * @throws ProvisionError `invalid`: `authority_missing`, `authority_key_missing`, what `confirmed` and `loadAuthority` throw
 */
export async function currentAuthority(store: AuthorityStore, now: number): Promise<IssuingAuthority> {
  const [certificate, ...chain] = (await existingAnchors(store)).current;
  const signer = await store.signer(certificate!);
  if (!signer)
    throw invalid(
      'authority_key_missing',
      `${store.keyPlace(certificate!)}: the key of the authority that issues is not there`,
    );
  return loadAuthority({ certificate: certificate!, signer, chain, now });
}

/** Authorities that no longer issue, but still answer for what they issued. @throws as `currentAuthority` */
export async function previousAuthorities(store: AuthorityStore, now: number): Promise<Authority[]> {
  const { previous } = await existingAnchors(store);
  const authorities: Authority[] = [];
  for (const { chain, servedUntil } of previous) {
    const [certificate] = chain;
    const signer = now < servedUntil ? await store.signer(certificate!) : undefined;
    if (signer) authorities.push({ certificate: certificate!, signer });
  }
  return authorities;
}

/** @throws ProvisionError invalid `authority_missing`, and as `confirmed` */
export const existingAnchors = async (store: AuthorityStore): Promise<TrustAnchors> =>
  present(store, await store.confirmed());

/** To look at only. @throws ProvisionError invalid `authority_missing` */
export const shownAnchors = async (store: AuthorityStore): Promise<TrustAnchors> =>
  present(store, await store.anchors());

function present(store: AuthorityStore, anchors: TrustAnchors | undefined): TrustAnchors {
  if (anchors) return anchors;
  throw invalid(
    'authority_missing',
    `${store.place}: there is no authority here; make one with: provision ca create`,
  );
}

/** What a key is named by; a root of someone else's making may lack the identifier. */
export const keyIdOf = ({ subjectKeyId, fingerprint }: ParsedCertificate): string =>
  subjectKeyId?.toString('hex') ?? fingerprint;
