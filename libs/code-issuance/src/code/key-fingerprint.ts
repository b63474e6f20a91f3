import { hash } from 'node:crypto';

const FINGERPRINT = /^[A-Za-z0-9_-]{43}$/;

/** How a device's key is named: SHA-256 of its SubjectPublicKeyInfo (DER), base64url without padding. */
export const keyFingerprint = (spki: Uint8Array): string => hash('sha256', spki, 'base64url');

export const isKeyFingerprint = (text: string): boolean => FINGERPRINT.test(text);
