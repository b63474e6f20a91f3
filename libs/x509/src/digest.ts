import { hash } from 'node:crypto';

/** SHA-256, the only digest that this library makes on its own account. */
export const sha256 = (bytes: Uint8Array): Buffer => hash('sha256', bytes, 'buffer');

/** Lower-case hex SHA-256: how certificates (over DER) and keys (over SPKI DER) are named in records. */
export const fingerprint = (bytes: Uint8Array): string => hash('sha256', bytes, 'hex');
