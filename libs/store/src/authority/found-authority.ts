import {
  type Authority,
  type TrustAnchors,
  createIssuingAuthority,
  createRoot,
  crossSign,
  succeed,
  trustAnchors,
} from '@org/pki';
import {
  type AuthorityKeyAlgorithm,
  type ParsedCertificate,
  type Signer,
  generateKey,
  keySigner,
} from '@org/x509';
import { ProvisionError } from '@org/domain';
import { createHash } from 'node:crypto';
import { type AuthorityStore, type KeyedAuthority, existingAnchors } from './authority-store.js';
import { contended } from './refusals.js';

const DAY_MS = 86_400_000;

export interface AuthorityPlan {
  /** Of the organisation that devices are certified for: part of the authorities' names. */
  readonly organization: string;
  readonly algorithm: AuthorityKeyAlgorithm;
  /** Milliseconds since 1970. */
  readonly now: number;
  /** Milliseconds; default ten years. */
  readonly rootLifetimeMs?: number;
  /** Milliseconds; default three years. */
  readonly issuingLifetimeMs?: number;
}

const ROOT_LIFETIME_MS = 3_650 * DAY_MS;
const ISSUING_LIFETIME_MS = 1_095 * DAY_MS;

/** A certificate and its key: the last of a chain's are its root's. */
type Keyed = KeyedAuthority['keys'][number];

/**
 * Makes a root and an issuing authority below it, and puts them into the store.
 *
 * @throws ProvisionError conflict `authority_exists` when there is one, also when another process was faster; and what
 * the store throws
 */
export async function createAuthority(store: AuthorityStore, plan: AuthorityPlan): Promise<TrustAnchors> {
  if (await store.confirmed()) throw authorityExists(store);
  const root = await makeRoot(plan);
  const issuing = await makeIssuing(root.authority, plan);
  const anchors = trustAnchors([issuing.certificate, root.certificate]);
  await putFirst(store, { anchors, keys: [root, issuing] });
  return anchors;
}

/**
 * Puts an authority that was made elsewhere into the store. Its root's key stays where it is.
 *
 * @param issuing the certificate that issues, with its key
 * @param above the authorities above it, the root last
 * @throws as `createAuthority`
 */
export async function adoptAuthority(
  store: AuthorityStore,
  issuing: Keyed,
  above: readonly ParsedCertificate[],
): Promise<void> {
  await putFirst(store, { anchors: trustAnchors([issuing.certificate, ...above]), keys: [issuing] });
}

async function putFirst(store: AuthorityStore, authority: KeyedAuthority): Promise<void> {
  if (!(await store.create(authority))) throw authorityExists(store);
}

const authorityExists = ({ place }: AuthorityStore): ProvisionError =>
  new ProvisionError({
    kind: 'conflict',
    code: 'authority_exists',
    message: `${place}: there is an authority here already; to replace it, use: provision ca succeed`,
  });

interface MadeAuthority extends Keyed {
  readonly authority: Authority;
}

async function makeRoot(plan: AuthorityPlan): Promise<MadeAuthority> {
  const { now, rootLifetimeMs: lifetimeMs = ROOT_LIFETIME_MS } = plan;
  const key = await generateKey(plan.algorithm);
  const signer = keySigner(key);
  const authority = await createRoot(signer, { subject: nameOf(plan, 'Root', signer), now, lifetimeMs });
  return { authority, certificate: authority.certificate, key };
}

async function makeIssuing(root: Authority, plan: AuthorityPlan): Promise<MadeAuthority> {
  const { now, issuingLifetimeMs: lifetimeMs = ISSUING_LIFETIME_MS } = plan;
  const key = await generateKey(plan.algorithm);
  const signer = keySigner(key);
  const subject = nameOf(plan, 'Devices', signer);
  const authority = await createIssuingAuthority(root, signer, { subject, now, lifetimeMs });
  return { authority, certificate: authority.certificate, key };
}

/** Characters that a common name may have (RFC 5280 appendix A.1). */
const LONGEST_NAME = 64;

/** No two are alike, as the key is part of it: clients that look for an issuer by its name alone find the right one. */
function nameOf({ organization }: AuthorityPlan, role: string, { publicKey }: Signer) {
  const id = createHash('sha256').update(publicKey).digest('hex').slice(0, 8);
  const end = ` ${role} ${id}`;
  const start = [...organization].slice(0, LONGEST_NAME - end.length).join('');
  return { organization, commonName: start + end };
}

interface Succession extends AuthorityPlan {
  /** Also a new root, cross-signed by the old one; otherwise a new issuing authority below the same root. */
  readonly newRoot: boolean;
  /** Milliseconds since 1970 until which the old authority is still served. */
  readonly servedUntil: number;
}

/**
 * Puts a new authority beside the old one, which answers for its certificates until `servedUntil`. Devices that
 * know only the old root accept the new one through the cross-signed certificate.
 *
 * @throws ProvisionError invalid `root_key_missing` when the root's key is kept elsewhere; conflict
 * `authority_contended`; and what the store throws
 */
export async function succeedAuthority(store: AuthorityStore, plan: Succession): Promise<TrustAnchors> {
  const before = await existingAnchors(store);
  const oldRoot = await rootOf(store, before);
  const next = plan.newRoot
    ? await withNewRoot(oldRoot, before, plan)
    : await withSameRoot(oldRoot, before, plan);
  if (await store.replace(next, before)) return next.anchors;
  throw contended(store.place);
}

async function rootOf(store: AuthorityStore, { current }: TrustAnchors): Promise<Authority> {
  const certificate = current.at(-1)!;
  const signer = await store.signer(certificate);
  if (signer) return { certificate, signer };
  throw new ProvisionError({
    kind: 'invalid',
    code: 'root_key_missing',
    message: `${store.keyPlace(certificate)}: the root's key is needed for this; put it back while it is done`,
  });
}

async function withSameRoot(
  root: Authority,
  before: TrustAnchors,
  plan: Succession,
): Promise<KeyedAuthority> {
  const issuing = await makeIssuing(root, plan);
  const current = [issuing.certificate, root.certificate];
  return { anchors: succeed(before, { current, servedUntil: plan.servedUntil }), keys: [issuing] };
}

async function withNewRoot(old: Authority, before: TrustAnchors, plan: Succession): Promise<KeyedAuthority> {
  const { now, servedUntil, rootLifetimeMs: lifetimeMs = ROOT_LIFETIME_MS } = plan;
  const root = await makeRoot(plan);
  const bridge = await crossSign(old, root.certificate, { now, lifetimeMs });
  const issuing = await makeIssuing(root.authority, plan);
  const current = [issuing.certificate, root.certificate];
  return {
    anchors: succeed(before, { current, servedUntil, crossSigned: [bridge] }),
    keys: [root, issuing],
  };
}
