import {
  type AuthorityKeyAlgorithm,
  type TrustAnchors,
  createIssuingAuthority,
  createRoot,
  crossSign,
  generateKey,
  keySigner,
  succeed,
  trustAnchors,
} from '@org/pki';
import { ProvisionError } from '@org/domain';
import type { AuthorityFolder } from './authority-folder.js';

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

/**
 * Makes a root and an issuing authority below it, and puts them into the folder.
 *
 * @throws ProvisionError conflict `authority_exists` when there is one, also when another process was faster
 */
export async function createAuthority(folder: AuthorityFolder, plan: AuthorityPlan): Promise<TrustAnchors> {
  if (folder.exists()) throw authorityExists(folder);
  const { organization, algorithm, now, rootLifetimeMs: lifetimeMs = ROOT_LIFETIME_MS } = plan;
  const key = await generateKey(algorithm);
  const subject = { organization, commonName: `${organization} Root` };
  const root = await createRoot(keySigner(key), { subject, now, lifetimeMs });
  folder.saveKey(root.certificate, key);
  const issuing = await createIssuing(folder, root, plan);
  const anchors = trustAnchors(issuing);
  if (folder.createAnchors(anchors)) return anchors;
  for (const certificate of anchors.current) folder.removeKey(certificate);
  throw authorityExists(folder);
}

const authorityExists = ({ path }: AuthorityFolder): ProvisionError =>
  new ProvisionError({
    kind: 'conflict',
    code: 'authority_exists',
    message: `${path}: there is an authority here already; to replace it, use: provision-ca succeed`,
  });

async function createIssuing(
  folder: AuthorityFolder,
  root: Parameters<typeof createIssuingAuthority>[0],
  { organization, algorithm, now, issuingLifetimeMs: lifetimeMs = ISSUING_LIFETIME_MS }: AuthorityPlan,
) {
  const key = await generateKey(algorithm);
  const subject = { organization, commonName: `${organization} Devices ${dateOf(now)}` };
  const issuing = await createIssuingAuthority(root, keySigner(key), { subject, now, lifetimeMs });
  folder.saveKey(issuing.certificate, key);
  return [issuing.certificate, ...issuing.chain];
}

export interface Succession extends AuthorityPlan {
  /** Also a new root, cross-signed by the old one; otherwise a new issuing authority below the same root. */
  readonly newRoot: boolean;
  /** Milliseconds since 1970 until which the old authority is still served. */
  readonly servedUntil: number;
}

/**
 * Puts a new authority beside the old one, which answers for its certificates until `servedUntil`. Devices that
 * know only the old root accept the new one through the cross-signed certificate.
 *
 * @throws ProvisionError `root_key_missing` when the root's key is kept elsewhere
 */
export async function succeedAuthority(folder: AuthorityFolder, plan: Succession): Promise<TrustAnchors> {
  const { newRoot, servedUntil, organization, algorithm, now, rootLifetimeMs = ROOT_LIFETIME_MS } = plan;
  const anchors = folder.anchors();
  const certificate = anchors.current.at(-1)!;
  const signer = folder.signer(certificate);
  if (!signer)
    throw new ProvisionError({
      kind: 'invalid',
      code: 'root_key_missing',
      message: `${folder.keyPath(certificate)}: the root's key is needed for this; put it back while it is done`,
    });
  const oldRoot = { certificate, signer };
  if (!newRoot) {
    const next = succeed(anchors, { current: await createIssuing(folder, oldRoot, plan), servedUntil });
    folder.saveAnchors(next);
    return next;
  }
  const key = await generateKey(algorithm);
  const subject = { organization, commonName: `${organization} Root ${dateOf(now)}` };
  const root = await createRoot(keySigner(key), { subject, now, lifetimeMs: rootLifetimeMs });
  folder.saveKey(root.certificate, key);
  const bridge = await crossSign(oldRoot, root.certificate, { now, lifetimeMs: rootLifetimeMs });
  const current = await createIssuing(folder, root, plan);
  const next = succeed(anchors, { current, servedUntil, crossSigned: [bridge] });
  folder.saveAnchors(next);
  return next;
}

/** Tells authorities of one folder apart by name, for people; key identifiers do for programs. */
const dateOf = (now: number): string => new Date(now).toISOString().slice(0, 10);
