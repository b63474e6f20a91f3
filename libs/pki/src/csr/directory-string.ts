import { OID } from '../der/oids.js';
import { DerError, type DerReader } from '../der/read.js';
import { TAG } from '../der/tags.js';
import type { SubjectAttribute } from './request.js';

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const NOT_ASCII = /\P{ASCII}/u;

/** Octets as ASCII. @throws DerError for any other octet */
export function ascii(content: Buffer): string {
  const text = content.toString('latin1');
  if (NOT_ASCII.test(text)) throw new DerError('not ASCII');
  return text;
}

/** @param tag of a DirectoryString's kind; TeletexString and UniversalString are long out of use and refused. */
function text(tag: number, content: Buffer): string {
  switch (tag) {
    case TAG.utf8String:
      try {
        return utf8.decode(content);
      } catch {
        throw new DerError('not UTF-8');
      }
    case TAG.printableString:
    case TAG.ia5String:
    case TAG.numericString:
      return ascii(content);
    case TAG.bmpString:
      if (content.length % 2 !== 0) throw new DerError('half a character');
      return Buffer.from(content).swap16().toString('utf16le');
    default:
      throw new DerError('a kind of string that names do not have');
  }
}

/** Reads the content of a Name (RFC 5280 4.1.2.4). */
export function readSubject(rdns: DerReader): SubjectAttribute[] {
  const attributes: SubjectAttribute[] = [];
  while (!rdns.atEnd) {
    const rdn = rdns.enter(TAG.set);
    do {
      const attribute = rdn.enter(TAG.sequence);
      const type = attribute.oid();
      const { tag, content } = attribute.element();
      attribute.end();
      attributes.push({ type, value: text(tag, content) });
    } while (!rdn.atEnd);
  }
  return attributes;
}

export const commonNameOf = (subject: readonly SubjectAttribute[]): string | undefined =>
  subject.findLast(({ type }) => type === OID.commonName)?.value;
