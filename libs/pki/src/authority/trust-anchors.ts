import { invalid, type RawText, readText } from '@org/domain';
import { certificatePem, type ParsedCertificate, readCertificateBundle } from '@org/x509';

/** An issuing authority first, its root last. */
export type AuthorityChain = readonly ParsedCertificate[];

/** What devices and services are told to trust, while one authority takes over from another. */
export interface TrustAnchors {
  readonly current: AuthorityChain;
  /** Chains that no longer issue, but whose certificates are still out there. */
  readonly previous: readonly {
    readonly chain: AuthorityChain;
    /** Milliseconds since 1970; from then on it is no longer handed out. */
    readonly servedUntil: number;
  }[];
  /** Certificates that lead from one chain to the other (`crossSign`). */
  readonly crossSigned: readonly ParsedCertificate[];
}

export interface ServedCertificates {
  readonly roots: readonly ParsedCertificate[];
  /** Issuing and cross-signed ones. */
  readonly intermediates: readonly ParsedCertificate[];
}

export const trustAnchors = (current: AuthorityChain): TrustAnchors => ({
  current,
  previous: [],
  crossSigned: [],
});

/**
 * Puts a new chain in the place of the current one, which is served on until `servedUntil`.
 * @param change.crossSigned certificates that let devices which know only the old root accept the new one, or the reverse
 */
export function succeed(
  anchors: TrustAnchors,
  change: {
    readonly current: AuthorityChain;
    readonly servedUntil: number;
    readonly crossSigned?: readonly ParsedCertificate[];
  },
): TrustAnchors {
  return {
    current: change.current,
    previous: [{ chain: anchors.current, servedUntil: change.servedUntil }, ...anchors.previous],
    crossSigned: [...(change.crossSigned ?? []), ...anchors.crossSigned],
  };
}

/** What is to be handed out at a time: the current chain first, nothing twice, nothing expired. */
export function servedCertificates(anchors: TrustAnchors, now: number): ServedCertificates {
  const chains = [
    anchors.current,
    ...anchors.previous.filter((each) => now < each.servedUntil).map(({ chain }) => chain),
  ];
  const keys = new Set(chains.flat().map(({ publicKey }) => publicKey.toString('hex')));
  // A cross-signed certificate goes when the last chain with its key goes.
  const bridges = anchors.crossSigned.filter(({ publicKey }) => keys.has(publicKey.toString('hex')));
  const all = new Map([...chains.flat(), ...bridges].map((each) => [each.fingerprint, each]));
  const served = [...all.values()].filter(({ notAfter }) => now <= notAfter);
  return {
    roots: served.filter((each) => isRoot(each)),
    intermediates: served.filter((each) => !isRoot(each)),
  };
}

const isRoot = ({ subject, issuer }: ParsedCertificate): boolean => subject.equals(issuer);

/** As one PEM bundle, roots last. */
export const servedPem = ({ roots, intermediates }: ServedCertificates): string =>
  [...intermediates, ...roots].map(({ der }) => certificatePem(der)).join('');

interface TrustAnchorsJson {
  readonly version: 1;
  /** PEM bundles. */
  readonly current: string;
  readonly previous: readonly { readonly chain: string; /** ISO 8601. */ readonly servedUntil: string }[];
  readonly crossSigned: string;
}

const bundle = (certificates: readonly ParsedCertificate[]): string =>
  certificates.map(({ der }) => certificatePem(der)).join('');

/** As JSON text, for a file or a column. It holds no secret. */
export function formatTrustAnchors({ current, previous, crossSigned }: TrustAnchors): string {
  const json: TrustAnchorsJson = {
    version: 1,
    current: bundle(current),
    previous: previous.map(({ chain, servedUntil }) => ({
      chain: bundle(chain),
      servedUntil: new Date(servedUntil).toISOString(),
    })),
    crossSigned: bundle(crossSigned),
  };
  return JSON.stringify(json, undefined, 2);
}

/** @throws ProvisionError `trust_anchors_malformed` */
export function parseTrustAnchors(raw: RawText): TrustAnchors {
  try {
    const json = JSON.parse(readText(raw)) as TrustAnchorsJson;
    if (json.version !== 1) throw new TypeError('version');
    return {
      current: readCertificateBundle(json.current),
      previous: json.previous.map(({ chain, servedUntil }) => ({
        chain: readCertificateBundle(chain),
        servedUntil: timeOf(servedUntil),
      })),
      crossSigned: json.crossSigned === '' ? [] : readCertificateBundle(json.crossSigned),
    };
  } catch (cause) {
    throw invalid('trust_anchors_malformed', 'These are not the trust anchors that were written.', { cause });
  }
}

function timeOf(iso: string): number {
  const ms = Date.parse(iso);
  if (Number.isNaN(ms)) throw new TypeError('time');
  return ms;
}
