// Node 24 has `tls` without `createSecureContext` when `toLegacyObject` is called before `tls` is loaded.
import 'node:tls';
import type { ParsedCertificate } from '@org/pki';

/** The first common name of a certificate's subject: the machine id. Undefined when there is none. */
export function commonNameOf({ x509 }: ParsedCertificate): string | undefined {
  const { CN: name } = x509.toLegacyObject().subject as { CN?: string | string[] };
  return (Array.isArray(name) ? name[0] : name) || undefined;
}
