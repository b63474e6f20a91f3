import type { ParsedCertificate } from '@org/x509';

/**
 * The first common name of a certificate's subject: the machine id. Undefined when there is none.
 *
 * Read from the one-attribute-a-line form of RFC 2253, in which OpenSSL escapes what separates: `toLegacyObject` would
 * be simpler, but called before `tls` is loaded, it leaves Node 24 without `createSecureContext`.
 */
export function commonNameOf({ x509 }: Pick<ParsedCertificate, 'x509'>): string | undefined {
  // Several attributes in one part of the name stand on one line.
  const attribute = x509.subject?.split(/\n| \+ /).find((each) => each.startsWith('CN='));
  return attribute?.slice('CN='.length).replace(/\\([0-9A-F]{2}|.)/g, unescaped) || undefined;
}

/** Control characters are escaped by their number, what separates by itself. */
const unescaped = (_: string, escaped: string): string =>
  escaped.length === 2 ? String.fromCharCode(Number.parseInt(escaped, 16)) : escaped;
