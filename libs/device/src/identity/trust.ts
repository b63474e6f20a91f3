import { invalid } from '@org/domain';
import { type ParsedCertificate, verifyChain } from '@org/x509';

/**
 * Which roots a device believes: those on its disk; or, before it has any, the one with a fingerprint that the settings
 * give; or whatever root comes with the first certificate (the server's TLS certificate is then all that vouches for it).
 */
export type Trust =
  | { readonly kind: 'pinned'; readonly roots: readonly ParsedCertificate[] }
  | { readonly kind: 'fingerprint'; /** Lower-case hex, of the DER. */ readonly sha256: string }
  | { readonly kind: 'first_use' };

interface OfferedRoots {
  readonly roots: readonly ParsedCertificate[];
  /** Among them those with which known roots vouch for new ones. */
  readonly others: readonly ParsedCertificate[];
  /** Milliseconds since 1970. */
  readonly at: number;
}

const KEY_CERT_SIGN = 5;

/**
 * The roots to believe from now on: the known ones, and offered ones that a known one vouches for.
 *
 * @throws ProvisionError `invalid` (`root_not_trusted`) when no root can be believed at all
 */
export function believedRoots(trust: Trust, offered: OfferedRoots): ParsedCertificate[] {
  const known = knownRoots(trust, offered);
  const isKnown = (root: ParsedCertificate) => known.some((each) => each.fingerprint === root.fingerprint);
  const added = offered.roots.filter((root) => !isKnown(root) && isVouchedFor(root, known, offered));
  const alive = known.filter(({ notAfter }) => offered.at <= notAfter);
  return [...(alive.length > 0 ? alive : known), ...added];
}

function knownRoots(trust: Trust, { roots: offered, others }: OfferedRoots): readonly ParsedCertificate[] {
  if (trust.kind === 'pinned') return trust.roots;
  // An older root, whose fingerprint devices in stock still have, comes among the others.
  const roots =
    trust.kind === 'first_use'
      ? offered
      : [...offered, ...others.filter(isRoot)].filter(({ fingerprint }) => fingerprint === trust.sha256);
  if (roots.length > 0) return roots;
  throw invalid(
    'root_not_trusted',
    'The server sent no root certificate with the fingerprint that the settings ask for.',
  );
}

/**
 * Whether a known root, or an authority below one, has certified the same name and key as an authority that may have
 * authorities below it. An authority that may only certify devices cannot make itself a root in this way.
 */
function isVouchedFor(
  root: ParsedCertificate,
  known: readonly ParsedCertificate[],
  { others, at }: OfferedRoots,
): boolean {
  const bridges = others.filter(
    (each) =>
      each.subject.equals(root.subject) &&
      each.publicKey.equals(root.publicKey) &&
      each.isAuthority &&
      each.keyUsage?.has(KEY_CERT_SIGN) !== false &&
      each.pathLength !== 0,
  );
  return (
    isRoot(root) &&
    bridges.some((bridge) => chains({ leaf: bridge, intermediates: others, roots: known, at }))
  );
}

const isRoot = ({ isAuthority, subject, issuer, x509 }: ParsedCertificate): boolean =>
  isAuthority && subject.equals(issuer) && x509.verify(x509.publicKey);

function chains(options: Parameters<typeof verifyChain>[0]): boolean {
  try {
    verifyChain(options);
    return true;
  } catch {
    return false;
  }
}
