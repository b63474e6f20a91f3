import { X509Certificate } from 'node:crypto';
import * as tls from 'node:tls';
import { ProvisionError } from '@org/domain';

/**
 * PEM texts of what is trusted; undefined: what the runtime trusts by itself.
 *
 * @param exclusive whether `ca` takes the place of that
 * @throws ProvisionError `invalid` (`invalid_tls_ca`)
 */
export function trustAnchors(ca: string | undefined, exclusive: boolean): readonly string[] | undefined {
  if (ca === undefined) return undefined;
  assertCertificates(ca);
  return exclusive ? [ca] : [...defaultAnchors(), ca];
}

function defaultAnchors(): readonly string[] {
  // Since Node 22.15; unlike `rootCertificates`, it knows NODE_EXTRA_CA_CERTS and --use-system-ca.
  const current = tls.getCACertificates as typeof tls.getCACertificates | undefined;
  return current?.('default') ?? tls.rootCertificates;
}

/** Node ignores text without certificates where a `ca` is expected, which would look like a broken server. */
function assertCertificates(pem: string): void {
  try {
    new X509Certificate(pem);
  } catch (cause) {
    throw new ProvisionError({
      kind: 'invalid',
      code: 'invalid_tls_ca',
      message: 'the CA for TLS is not PEM text of certificates',
      cause,
    });
  }
}
