import fc from 'fast-check';

/** How many malformed inputs a test tries; more for a long run: `PKI_FUZZ_RUNS=500000`. */
export const FUZZ_RUNS = Number(process.env['PKI_FUZZ_RUNS'] ?? 20_000);

interface Change {
  readonly kind: 'set' | 'flip' | 'insert' | 'remove' | 'repeat' | 'cut';
  /** Where, as a share of the length. */
  readonly at: number;
  readonly value: number;
  readonly length: number;
}

const change: fc.Arbitrary<Change> = fc.record({
  kind: fc.constantFrom('set', 'flip', 'insert', 'remove', 'repeat', 'cut'),
  // Not fc.double: most doubles from 0 to 1 are next to 0, and so would most of the changes be.
  at: fc.nat(2 ** 20 - 1).map((n) => n / 2 ** 20),
  // Lengths and tags are what breaks readers.
  value: fc.oneof(
    fc.nat(255),
    fc.constantFrom(0x00, 0x02, 0x03, 0x04, 0x05, 0x06, 0x30, 0x31, 0x7f, 0x80, 0x84, 0xa0, 0xff),
  ),
  length: fc.integer({ min: 1, max: 40 }),
});

function apply(bytes: Buffer, { kind, at, value, length }: Change): Buffer {
  const place = Math.floor(at * bytes.length);
  const [before, after] = [bytes.subarray(0, place), bytes.subarray(place)];
  switch (kind) {
    case 'set':
      return Buffer.concat([before, Buffer.of(value), after.subarray(1)]);
    case 'flip':
      return Buffer.concat([before, Buffer.of((after[0] ?? 0) ^ (1 << (value & 7))), after.subarray(1)]);
    case 'insert':
      return Buffer.concat([before, Buffer.alloc(length, value), after]);
    case 'remove':
      return Buffer.concat([before, after.subarray(length)]);
    case 'repeat':
      return Buffer.concat([before, after.subarray(0, length), after]);
    case 'cut':
      return before;
  }
}

/** Good inputs, changed in one to four places. */
export const mutated = (good: readonly Buffer[]): fc.Arbitrary<Buffer> =>
  fc
    .tuple(fc.constantFrom(...good), fc.array(change, { minLength: 1, maxLength: 4 }))
    .map(([bytes, changes]) => changes.reduce(apply, bytes));
