import { TAG } from './tags.js';

/** What a strict reader says of bytes that are not DER, or not the expected structure. */
export class DerError extends Error {
  override readonly name = 'DerError';
}

export interface Element {
  readonly tag: number;
  /** Tag, length and content. */
  readonly whole: Buffer;
  readonly content: Buffer;
}

/**
 * Reads DER from left to right and accepts nothing else of BER: definite, shortest lengths; one-octet tags.
 * Nothing is copied and nothing is recursive, so the work is bounded by the length of the input.
 */
export class DerReader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get atEnd(): boolean {
    return this.#at === this.#bytes.length;
  }

  /** The next element's tag; undefined at the end. */
  get nextTag(): number | undefined {
    return this.#bytes[this.#at];
  }

  /** @throws DerError when there is no element, or not one with this tag. */
  element(tag?: number): Element {
    const bytes = this.#bytes;
    const start = this.#at;
    if (bytes.length - start < 2) throw new DerError('it is cut short');
    const actual = bytes[start]!;
    if ((actual & 0x1f) === 0x1f) throw new DerError('a tag has several octets');
    if (tag !== undefined && actual !== tag) {
      throw new DerError(`tag 0x${actual.toString(16)} where 0x${tag.toString(16)} belongs`);
    }
    let contentAt = start + 2;
    let length = bytes[start + 1]!;
    if (length >= 0x80) {
      const octets = length & 0x7f;
      if (octets === 0 || octets > 4) throw new DerError('a length is indefinite (BER, not DER) or too long');
      if (contentAt + octets > bytes.length) throw new DerError('it is cut short');
      length = bytes.readUIntBE(contentAt, octets);
      if (length < 0x80 || length < 2 ** (8 * (octets - 1)))
        throw new DerError('a length is not in its shortest form (BER, not DER)');
      contentAt += octets;
    }
    const end = contentAt + length;
    if (end > bytes.length) throw new DerError('it is cut short');
    this.#at = end;
    return { tag: actual, whole: bytes.subarray(start, end), content: bytes.subarray(contentAt, end) };
  }

  content(tag: number): Buffer {
    return this.element(tag).content;
  }

  /** A reader of what is inside the next element. */
  enter(tag: number): DerReader {
    return new DerReader(this.content(tag));
  }

  /** The next element if it has this tag. */
  optional(tag: number): Element | undefined {
    return this.nextTag === tag ? this.element(tag) : undefined;
  }

  end(): void {
    if (!this.atEnd) throw new DerError('it holds more than belongs there');
  }

  oid(): string {
    return decodeOid(this.content(TAG.oid));
  }

  /** Two's complement octets of an INTEGER in its shortest form. */
  integer(): Buffer {
    const octets = this.content(TAG.integer);
    if (octets.length === 0) throw new DerError('an integer is empty');
    if (
      octets.length > 1 &&
      ((octets[0] === 0 && octets[1]! < 0x80) || (octets[0] === 0xff && octets[1]! >= 0x80))
    ) {
      throw new DerError('an integer is not in its shortest form');
    }
    return octets;
  }

  boolean(): boolean {
    const octets = this.content(TAG.boolean);
    if (octets.length !== 1 || (octets[0] !== 0 && octets[0] !== 0xff))
      throw new DerError('a boolean is neither true nor false');
    return octets[0] === 0xff;
  }

  /** The octets of a BIT STRING without unused bits. */
  octetAlignedBits(): Buffer {
    const content = this.content(TAG.bitString);
    if (content[0] !== 0) throw new DerError('a bit string does not end with a whole octet');
    return content.subarray(1);
  }
}

/** Most often the same few, in the same encoding; decoding them anew each time shows in the issuing rate. */
const decodedOids = new Map<string, string>();
const MAX_REMEMBERED = 256;

function decodeOid(content: Buffer): string {
  const key = content.toString('latin1');
  const known = decodedOids.get(key);
  if (known !== undefined) return known;
  const dotted = dottedOf(content);
  if (decodedOids.size < MAX_REMEMBERED) decodedOids.set(key, dotted);
  return dotted;
}

function dottedOf(content: Buffer): string {
  const arcs: bigint[] = [];
  let arc = 0n;
  let septets = 0;
  for (const octet of content) {
    if (septets === 0 && octet === 0x80)
      throw new DerError('an object identifier is not in its shortest form');
    arc = (arc << 7n) | BigInt(octet & 0x7f);
    septets += 1;
    if (septets > 18) throw new DerError('an object identifier has a very large arc');
    if (octet & 0x80) continue;
    arcs.push(arc);
    arc = 0n;
    septets = 0;
  }
  const [joined, ...rest] = arcs;
  if (joined === undefined || septets !== 0) throw new DerError('an object identifier is cut short');
  const first = joined < 40n ? 0n : joined < 80n ? 1n : 2n;
  return [first, joined - first * 40n, ...rest].join('.');
}
