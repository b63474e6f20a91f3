import { servedCertificates } from '@org/pki';
import type { EnrolmentContext } from './context.js';

/** Roots, the current one first, and what vouches for one root in another's name; DER. */
export function trustAnchors({ anchors, clock }: EnrolmentContext): readonly Buffer[] {
  const { roots, intermediates } = servedCertificates(anchors(), clock.now());
  const bridges = intermediates.filter((each) => roots.some((root) => root.publicKey.equals(each.publicKey)));
  return [...roots, ...bridges].map(({ der }) => der);
}
