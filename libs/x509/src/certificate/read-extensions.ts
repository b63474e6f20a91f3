import { DerError, type DerReader } from '../der/read.js';
import { TAG } from '../der/tags.js';

export interface Extension {
  /** Dotted object identifier. */
  readonly id: string;
  readonly critical: boolean;
  /** What stands inside the extension's OCTET STRING. */
  readonly value: Buffer;
}

/** Reads the content of Extensions (RFC 5280 4.1): at least one, none twice. @throws DerError */
export function readExtensions(reader: DerReader): Extension[] {
  const extensions: Extension[] = [];
  do {
    const extension = reader.enter(TAG.sequence);
    const id = extension.oid();
    const critical = extension.nextTag === TAG.boolean && extension.boolean();
    const value = extension.content(TAG.octetString);
    extension.end();
    if (extensions.some((other) => other.id === id)) throw new DerError('an extension twice');
    extensions.push({ id, critical, value });
  } while (!reader.atEnd);
  return extensions;
}
