import { OID } from '../der/oids.js';
import type { DerReader, Element } from '../der/read.js';
import { TAG } from '../der/tags.js';
import type { SubjectAttribute } from './request.js';

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const utf16 = new TextDecoder('utf-16be', { fatal: true, ignoreBOM: true });

/** One octet a character; T.61 has long meant Latin-1, in OpenSSL too. */
const LATIN1_KINDS: readonly number[] = [
  TAG.printableString,
  TAG.ia5String,
  TAG.numericString,
  TAG.visibleString,
  TAG.teletexString,
];

/** Undefined for what is no text: another type, or one whose octets its type does not allow. */
function textOf({ tag, content }: Element): string | undefined {
  if (LATIN1_KINDS.includes(tag)) return content.toString('latin1');
  switch (tag) {
    case TAG.utf8String:
      return decoded(utf8, content);
    case TAG.bmpString:
      return decoded(utf16, content);
    case TAG.universalString:
      return fromUtf32(content);
    default:
      return undefined;
  }
}

function decoded(decoder: typeof utf8, content: Buffer): string | undefined {
  try {
    return decoder.decode(content);
  } catch {
    return undefined;
  }
}

function fromUtf32(content: Buffer): string | undefined {
  if (content.length % 4 !== 0) return undefined;
  const points = Array.from({ length: content.length / 4 }, (_, at) => content.readUInt32BE(at * 4));
  const text = points.every((point) => point <= 0x10ffff) ? String.fromCodePoint(...points) : undefined;
  return text?.isWellFormed() ? text : undefined;
}

/**
 * Reads the content of a Name (RFC 5280 4.1.2.4). Only its structure can be wrong: a value that is no text stands as its
 * octets, since most requests are for a certificate that takes nothing from this subject.
 *
 * @throws DerError
 */
export function readSubject(rdns: DerReader): SubjectAttribute[] {
  const attributes: SubjectAttribute[] = [];
  while (!rdns.atEnd) {
    const rdn = rdns.enter(TAG.set);
    do {
      const attribute = rdn.enter(TAG.sequence);
      const type = attribute.oid();
      const element = attribute.element();
      attribute.end();
      attributes.push({ type, value: textOf(element) ?? `#${element.whole.toString('hex')}` });
    } while (!rdn.atEnd);
  }
  return attributes;
}

export const commonNameOf = (subject: readonly SubjectAttribute[]): string | undefined =>
  subject.findLast(({ type }) => type === OID.commonName)?.value;
