/** A client's first octets, with empty settings (RFC 9113 §3.4). */
const PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0', 'latin1');
const HEADERS = 1;
const RESET = 3;
const END_HEADERS = 4;
const CANCEL = Buffer.of(0, 0, 0, 8);
/** `:method: POST`, `:scheme: https`, `:path: /`, all of them in the static table (RFC 7541 appendix A). */
const HEAD = Buffer.of(0x83, 0x87, 0x84);

function frame(type: number, stream: number, payload: Buffer): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head.writeUInt8(type, 3);
  head.writeUInt8(type === HEADERS ? END_HEADERS : 0, 4);
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
}

/** A connection's octets that begin calls and take each back at once, as no client would. */
export const resets = (count: number): Buffer =>
  Buffer.concat([
    PREFACE,
    ...Array.from({ length: count }, (_, n) =>
      Buffer.concat([frame(HEADERS, 2 * n + 1, HEAD), frame(RESET, 2 * n + 1, CANCEL)]),
    ),
  ]);
