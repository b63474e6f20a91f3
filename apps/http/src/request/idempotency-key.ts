import { HttpFailure } from '../errors/http-failure.js';

const LONGEST = 255;

/** Printable ASCII, 1 to 255 characters (draft-ietf-httpapi-idempotency-key-header); absent is fine. */
export function parseIdempotencyKey(header: string | undefined): string | undefined {
  if (header === undefined) return undefined;
  if (/^[\x20-\x7e]+$/.test(header) && header.length <= LONGEST) return header;
  throw new HttpFailure(400, {
    kind: 'invalid',
    code: 'invalid_idempotency_key',
    message: `Idempotency-Key must be 1 to ${LONGEST} printable ASCII characters`,
  });
}
