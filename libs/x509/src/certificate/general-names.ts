import { contextPrimitive } from '../der/tags.js';
import { sequence, tlv } from '../der/write.js';

/** Names that this authority writes into a subjectAltName. */
export interface SubjectNames {
  /** Lower-case host names. */
  readonly dns: readonly string[];
  readonly uri: readonly string[];
  /** 4 or 16 octets each. */
  readonly ip: readonly Buffer[];
}

/** The value of a subjectAltName (RFC 5280 4.2.1.6); undefined when there is no name, as it must not be empty. */
export function generalNames({ dns, uri, ip }: SubjectNames): Buffer | undefined {
  if (dns.length + uri.length + ip.length === 0) return undefined;
  return sequence(
    ...uri.map((name) => tlv(contextPrimitive(6), Buffer.from(name, 'latin1'))),
    ...dns.map((name) => tlv(contextPrimitive(2), Buffer.from(name, 'latin1'))),
    ...ip.map((address) => tlv(contextPrimitive(7), address)),
  );
}

const LABEL = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;

/** A lower-case host name: letters, digits and hyphens, 63 to a label, 253 in all; no wildcard (RFC 1123 2.1). */
export const isHostName = (name: string): boolean =>
  name.length <= 253 && name.split('.').every((label) => LABEL.test(label));

/** An absolute URI in ASCII (RFC 5280 4.2.1.6); for http and https, one that Node can parse. */
export const isUri = (uri: string): boolean =>
  /^[a-z][a-z0-9+.-]*:[\x21-\x7e]+$/i.test(uri) && URL.canParse(uri);

/** An absolute http or https address in ASCII. */
export const isHttpUrl = (url: string): boolean => isUri(url) && /^https?:$/.test(new URL(url).protocol);
