import { isProvisionError, invalid } from '@org/domain';
import { type ParsedCertificate, fingerprint, verifyChain } from '@org/x509';
import { SLOW_CLOCK_MS } from '../timing/server-clock.js';
import { certificatesIn, distinct, formatBundle, readBundle } from './bundle.js';
import { commonNameOf } from './common-name.js';
import type { Issued } from './issued.js';
import { type Trust, believedRoots } from './trust.js';

interface CheckOptions {
  readonly issued: Issued;
  /** Of the key that the certificate was asked for. */
  readonly keyFingerprint: string;
  /** Undefined when the device is only now told its machine id. */
  readonly machineId?: string;
  readonly trust: Trust;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** A certificate that may be stored. Only `checkIssued` makes these. */
export interface CheckedIdentity {
  readonly machineId: string;
  readonly keyFingerprint: string;
  readonly certificate: ParsedCertificate;
  /** PEM, as the files are to hold it. */
  readonly files: { readonly cert: string; readonly caBundle: string; readonly root: string };
  readonly issued: Issued;
}

/**
 * Checks what came from a server before it is stored: the certificate is for this key and this machine, good for TLS
 * clients, in date, and leads to a root that is believed.
 *
 * @throws ProvisionError of kind `invalid`: `issued_unreadable`, `issued_for_another_key`, `issued_without_name`,
 * `issued_for_another_machine`, `root_not_trusted`, and what `verifyChain` of @org/pki finds
 */
export function checkIssued({
  issued,
  keyFingerprint,
  machineId,
  trust,
  now,
}: CheckOptions): CheckedIdentity {
  const { leaf, others, roots } = parse(issued);
  if (fingerprint(leaf.publicKey) !== keyFingerprint) {
    throw invalid(
      'issued_for_another_key',
      "The server sent a certificate for a key that is not this device's.",
    );
  }
  const name = commonNameOf(leaf);
  if (name === undefined)
    throw invalid('issued_without_name', 'The server sent a certificate without a common name.');
  if (machineId !== undefined && name !== machineId) {
    throw invalid('issued_for_another_machine', 'The server sent a certificate for another machine.', {
      details: { expected: machineId, found: name },
    });
  }
  const early = leaf.notBefore - now;
  const at = early > 0 && early <= SLOW_CLOCK_MS ? leaf.notBefore : now;
  const believed = believedRoots(trust, { roots, others, at });
  const root = rootOf({ leaf, intermediates: others, roots: believed, at, purpose: 'clientAuth' }, roots);
  return {
    machineId: name,
    keyFingerprint,
    certificate: leaf,
    files: {
      cert: formatBundle(certificatesIn(issued.certificate)),
      caBundle: formatBundle(distinct(issued.caBundle.flatMap(readBundle))),
      root: formatBundle(distinct([root, ...believed])),
    },
    issued,
  };
}

interface ParsedIssued {
  readonly leaf: ParsedCertificate;
  readonly others: readonly ParsedCertificate[];
  readonly roots: readonly ParsedCertificate[];
}

function parse({ certificate, caBundle, root }: Issued): ParsedIssued {
  try {
    const [leaf, ...following] = certificatesIn(certificate);
    const others = distinct([...following, ...caBundle.flatMap(readBundle)]);
    return { leaf: leaf!, others, roots: readBundle(root) };
  } catch (cause) {
    throw invalid('issued_unreadable', 'The server sent something that is not PEM text of certificates.', {
      cause,
    });
  }
}

function rootOf(
  chain: Parameters<typeof verifyChain>[0],
  offered: readonly ParsedCertificate[],
): ParsedCertificate {
  try {
    return verifyChain(chain).at(-1)!;
  } catch (cause) {
    const isStranger = ({ fingerprint: one }: ParsedCertificate) =>
      !chain.roots.some((each) => each.fingerprint === one);
    const incomplete = isProvisionError(cause) && cause.code === 'chain_incomplete';
    if (!incomplete || !offered.some(isStranger)) throw cause;
    throw invalid(
      'root_not_trusted',
      'The server uses a root certificate that this device does not trust, and that no trusted one vouches for. If ' +
        'the device really moves to another server, deprovision it and put the new root certificate in the place of the old one.',
      { cause, details: { roots: offered.filter(isStranger).map((each) => each.fingerprint) } },
    );
  }
}
