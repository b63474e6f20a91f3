import { OID } from '../der/oids.js';
import { DerError, DerReader } from '../der/read.js';
import { contextPrimitive, TAG } from '../der/tags.js';
import { type Extension, readExtensions } from '../certificate/read-extensions.js';
import type { RequestedNames } from './request.js';

/**
 * Finds the extension request (RFC 2985 5.4.2) among a request's attributes; other attributes are only checked for
 * their form.
 */
export function readExtensionRequest(attributes: DerReader): Extension[] {
  let extensions: Extension[] | undefined;
  while (!attributes.atEnd) {
    const attribute = attributes.enter(TAG.sequence);
    const type = attribute.oid();
    const values = attribute.enter(TAG.set);
    attribute.end();
    if (type !== OID.extensionRequest) continue;
    if (extensions) throw new DerError('two extension requests');
    extensions = readExtensions(values.enter(TAG.sequence));
    values.end();
  }
  return extensions ?? [];
}

const NONE: RequestedNames = { dns: [], uri: [], email: [], ip: [], others: 0 };

/** The names in the subjectAltName among `extensions` (RFC 5280 4.2.1.6). */
export function requestedNames(extensions: readonly Extension[]): RequestedNames {
  const extension = extensions.find(({ id }) => id === OID.subjectAltName);
  if (!extension) return NONE;
  const names = {
    dns: [] as string[],
    uri: [] as string[],
    email: [] as string[],
    ip: [] as Buffer[],
    others: 0,
  };
  const outer = new DerReader(extension.value);
  const reader = outer.enter(TAG.sequence);
  outer.end();
  do {
    const { tag, content } = reader.element();
    if (tag === contextPrimitive(1)) names.email.push(ascii(content));
    else if (tag === contextPrimitive(2)) names.dns.push(ascii(content));
    else if (tag === contextPrimitive(6)) names.uri.push(ascii(content));
    else if (tag === contextPrimitive(7)) names.ip.push(ipAddress(content));
    else names.others += 1;
  } while (!reader.atEnd);
  return names;
}

const NOT_ASCII = /\P{ASCII}/u;

function ascii(content: Buffer): string {
  const text = content.toString('latin1');
  if (NOT_ASCII.test(text)) throw new DerError('a name in its subjectAltName is not ASCII');
  return text;
}

function ipAddress(content: Buffer): Buffer {
  if (content.length !== 4 && content.length !== 16)
    throw new DerError('an IP address of neither 4 nor 16 octets');
  return content;
}
