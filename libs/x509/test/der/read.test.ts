import { describe, expect, it } from '@jest/globals';
import { ObjectIdentifier } from 'asn1js';
import fc from 'fast-check';
import { DerError, DerReader } from '../../src/der/read.js';
import { integer, integerOf, namedBits, octetString, oid, sequence, tlv } from '../../src/der/write.js';

const reader = (hex: string): DerReader => new DerReader(Buffer.from(hex, 'hex'));

describe('DerReader', () => {
  it('reads what the writer writes, whatever the length', () => {
    for (const length of [0, 1, 127, 128, 255, 256, 65535, 65536, 70000]) {
      const bytes = Buffer.alloc(length, 0x5a);
      const inner = new DerReader(sequence(octetString(bytes), integer(length))).enter(0x30);
      expect(inner.content(0x04).equals(bytes)).toBe(true);
      expect(inner.integer()).toEqual(integer(length).subarray(2));
      expect(inner.atEnd).toBe(true);
    }
  });

  it.each([
    ['nothing', ''],
    ['a tag alone', '04'],
    ['content cut short', '040201'],
    ['a length cut short', '0482'],
    ['an indefinite length', '0480000000'],
    ['a length of five octets', '0485000000000101'],
    ['a length with a zero in front', '0482000100'],
    ['a long length for a short content', '04810101'],
    ['a tag of several octets', '1f810101'],
    ['another tag', '050100'],
  ])('refuses %s', (_, hex) => expect(() => reader(hex).element(0x04)).toThrow(DerError));

  it.each(['0200', '02020001', '0202ff80'])('refuses the integer %s', (hex) =>
    expect(() => reader(hex).integer()).toThrow(DerError),
  );
  it.each(['0100', '010101', '01020000'])('refuses the boolean %s', (hex) =>
    expect(() => reader(hex).boolean()).toThrow(DerError),
  );
  it.each(['0600', '060180', '06028001', '06028181', `0614${'ff'.repeat(19)}01`])(
    'refuses the object identifier %s',
    (hex) => expect(() => reader(hex).oid()).toThrow(DerError),
  );
  it.each(['0300', '030101', '03020780'])('refuses the bit string %s', (hex) =>
    expect(() => reader(hex).octetAlignedBits()).toThrow(DerError),
  );

  it('agrees with asn1js about object identifiers', () => {
    const arcs = fc.array(fc.oneof(fc.nat(300), fc.nat(2 ** 31)), { maxLength: 8 });
    const first = fc.oneof(
      fc.tuple(fc.constantFrom(0, 1), fc.nat(39)),
      fc.tuple(fc.constant(2), fc.nat(5000)),
    );
    fc.assert(
      fc.property(first, arcs, (start, rest) => {
        const dotted = [...start, ...rest].join('.');
        const theirs = Buffer.from(new ObjectIdentifier({ value: dotted }).toBER());
        expect(oid(dotted).equals(theirs)).toBe(true);
        expect(new DerReader(theirs).oid()).toBe(dotted);
      }),
    );
  });
});

describe('writing', () => {
  it('makes integers positive and short', () => {
    expect(integerOf(Buffer.of(0, 0, 0x80)).toString('hex')).toBe('02020080');
    expect(integerOf(Buffer.of(0, 0)).toString('hex')).toBe('020100');
    expect(integer(300).toString('hex')).toBe('0202012c');
  });

  it('leaves out trailing zero bits', () => {
    expect(namedBits([0]).toString('hex')).toBe('03020780');
    expect(namedBits([5, 6]).toString('hex')).toBe('03020106');
    expect(namedBits([8]).toString('hex')).toBe('0303070080');
    expect(namedBits([]).toString('hex')).toBe('030100');
  });

  it('says how long it is in the fewest octets', () =>
    expect(tlv(0x04, Buffer.alloc(256)).subarray(0, 4).toString('hex')).toBe('04820100'));
});
