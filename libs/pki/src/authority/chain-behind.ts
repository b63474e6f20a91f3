import type { X509Certificate } from 'node:crypto';
import type { ParsedCertificate } from '@org/x509';
import {
  type AuthorityChain,
  type ServedCertificates,
  type TrustAnchors,
  servedCertificates,
} from './trust-anchors.js';

/**
 * What goes behind a certificate, for a server to send in its handshake and for a device to show to others: with it,
 * a verifier that knows any one of the served roots finds a way there.
 *
 * The order matters, as TLS clients take the first certificate that fits and do not come back: the authorities up to the
 * certificate's own root, what vouches for that root in the name of older ones, and only then the roots.
 *
 * @param leaf one that the present authority has issued, or one before it
 * @param now milliseconds since 1970
 */
export function chainBehind(anchors: TrustAnchors, leaf: X509Certificate, now: number): ServedCertificates {
  const chain = chainAbove(anchors, leaf);
  const root = chain.at(-1)!;
  const bridges = bridgesTo(root, anchors, now);
  const older = servedCertificates(anchors, now).roots.filter((each) =>
    bridges.some(({ x509 }) => x509.checkIssued(each.x509)),
  );
  return { intermediates: [...chain.slice(0, -1), ...bridges], roots: [root, ...older] };
}

function chainAbove({ current, previous }: TrustAnchors, leaf: X509Certificate): AuthorityChain {
  const chains = [current, ...previous.map(({ chain }) => chain)];
  return chains.find(([issuer]) => leaf.checkIssued(issuer!.x509)) ?? current;
}

/** Cross-signed certificates that lead from a root to older ones, the nearest first; none that leads back. */
function bridgesTo(root: ParsedCertificate, { crossSigned }: TrustAnchors, now: number): ParsedCertificate[] {
  const passed = new Set([idOf(root.subject, root.subjectKeyId)]);
  const bridges: ParsedCertificate[] = [];
  let from: readonly ParsedCertificate[] = crossSigned.filter((each) => isSameAuthority(each, root));
  while (from.length > 0) {
    const next = from.filter((each) => now <= each.notAfter && !passed.has(issuerOf(each)));
    for (const each of next) passed.add(issuerOf(each));
    bridges.push(...next);
    from = crossSigned.filter((each) => next.some(({ x509 }) => x509.checkIssued(each.x509)));
  }
  return bridges;
}

const isSameAuthority = (one: ParsedCertificate, other: ParsedCertificate): boolean =>
  one.publicKey.equals(other.publicKey) && one.subject.equals(other.subject);

const issuerOf = ({ issuer, authorityKeyId }: ParsedCertificate): string => idOf(issuer, authorityKeyId);

/** Authorities of the same name differ in their key's identifier. */
const idOf = (name: Buffer, keyId: Buffer | undefined): string =>
  `${name.toString('hex')} ${keyId?.toString('hex')}`;
