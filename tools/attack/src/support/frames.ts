/** Types of HTTP/2 frames (RFC 9113 §6). */
const TYPE = {
  data: 0,
  headers: 1,
  reset: 3,
  settings: 4,
  ping: 6,
  windowUpdate: 8,
  continuation: 9,
} as const;
const END_STREAM = 0x1;
const END_HEADERS = 0x4;
const CANCEL = Buffer.of(0, 0, 0, 8);

interface Frame {
  readonly type: keyof typeof TYPE;
  readonly flags?: number;
  readonly stream?: number;
  readonly payload?: Buffer;
}

function frame({ type, flags = 0, stream = 0, payload = Buffer.alloc(0) }: Frame): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head.writeUInt8(TYPE[type], 3);
  head.writeUInt8(flags, 4);
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
}

/** What a client begins with. */
export const PREFACE = Buffer.concat([
  Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'),
  frame({ type: 'settings' }),
]);

/** A literal whose name is in the static table, not indexed, not compressed (RFC 7541 §6.2.2). */
const literal = (index: number, value: string): Buffer =>
  Buffer.concat([
    index < 15 ? Buffer.of(index) : Buffer.of(15, index - 15),
    Buffer.of(value.length),
    Buffer.from(value),
  ]);

/** `POST`, `https`, and the rest of what a call begins with. */
const headersOf = (path: string): Buffer =>
  Buffer.concat([
    Buffer.of(0x83, 0x87),
    literal(4, path),
    literal(1, 'localhost'),
    literal(31, 'application/grpc'),
  ]);

const streamId = (n: number): number => 2 * n + 1;

/** Begins a call and never says all of it. */
export const stalledCall = (path: string): Buffer =>
  Buffer.concat([
    PREFACE,
    frame({ type: 'headers', flags: END_HEADERS, stream: 1, payload: headersOf(path) }),
    frame({ type: 'data', stream: 1, payload: Buffer.of(0, 0, 0, 0x10, 0, 0x0a) }),
  ]);

/** Begins calls, and takes each back at once. */
export const rapidResets = (path: string, count: number): Buffer =>
  Buffer.concat(
    Array.from({ length: count }, (_, n) =>
      Buffer.concat([
        frame({ type: 'headers', flags: END_HEADERS, stream: streamId(n), payload: headersOf(path) }),
        frame({ type: 'reset', stream: streamId(n), payload: CANCEL }),
      ]),
    ),
  );

/** Begins calls with headers that do not end: `count` frames of 16 KiB. */
export const endlessHeaders = (path: string, count: number): Buffer => {
  // Literals of 8 KiB with names of their own.
  const more = Buffer.concat([Buffer.of(0, 1, 0x61, 0x7f, 0x81, 0x3f), Buffer.alloc(8_192, 0x62)]).subarray(
    0,
    8_000,
  );
  return Buffer.concat([
    frame({ type: 'headers', flags: END_STREAM, stream: 1, payload: headersOf(path) }),
    ...Array.from({ length: count }, () =>
      frame({ type: 'continuation', stream: 1, payload: Buffer.concat([more, more]) }),
    ),
  ]);
};

export const pings = (count: number): Buffer =>
  Buffer.concat(Array.from({ length: count }, () => frame({ type: 'ping', payload: Buffer.alloc(8) })));

/** INITIAL_WINDOW_SIZE, changed each time. */
export const settings = (count: number): Buffer =>
  Buffer.concat(
    Array.from({ length: count }, (_, n) =>
      frame({ type: 'settings', payload: Buffer.of(0, 4, 0, 1, 0, n % 256) }),
    ),
  );

/** Windows of no bytes for a stream that was never begun. */
export const emptyFrames = (count: number): Buffer =>
  Buffer.concat(
    Array.from({ length: count }, () => frame({ type: 'windowUpdate', payload: Buffer.of(0, 0, 0, 1) })),
  );
