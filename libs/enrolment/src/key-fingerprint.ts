/**
 * A key has one name in two spellings: lower-case hex where certificates and operators name it, base64url where enrolments
 * do. Both are the SHA-256 of its SubjectPublicKeyInfo.
 */
export const toBase64url = (hex: string): string => Buffer.from(hex, 'hex').toString('base64url');

export const toHex = (base64url: string): string => Buffer.from(base64url, 'base64url').toString('hex');
