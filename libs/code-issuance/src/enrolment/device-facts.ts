import { invalidRequest } from '../errors.js';
import { isKeyFingerprint } from '../code/key-fingerprint.js';
import type { DeviceFacts } from './record.js';

const MAX_FACT_LENGTH = 128;
const MAX_CSR_LENGTH = 16_384;
/** Control and format characters could hide, reorder or overwrite what an operator is to compare. */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;
const FACTS = ['model', 'serial', 'hostname', 'address'] as const;

/** What a device says of itself, made fit to be shown: at most 128 printable characters each, empty ones left out. */
export function cleanFacts(facts: DeviceFacts): DeviceFacts {
  const clean = (text: string | undefined) =>
    [...(text ?? '').replace(UNPRINTABLE, '').trim()].slice(0, MAX_FACT_LENGTH).join('');
  return Object.fromEntries(FACTS.map((fact) => [fact, clean(facts[fact])]).filter(([, text]) => text));
}

/** @throws ProvisionError invalid `enrolment_request_invalid`, with the field in its details */
export function checkKeyFingerprint(text: string): void {
  if (isKeyFingerprint(text)) return;
  throw invalidRequest('keyFingerprint', 'the key fingerprint must be a SHA-256 in base64url');
}

/** @throws ProvisionError invalid `enrolment_request_invalid`, with the field in its details */
export function checkCsr(csr: string | undefined): void {
  if (csr === undefined || csr.length <= MAX_CSR_LENGTH) return;
  throw invalidRequest('csr', `the certificate request is longer than ${MAX_CSR_LENGTH} characters`);
}
