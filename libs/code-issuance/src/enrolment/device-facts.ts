import type { DeviceFacts } from '@org/domain';
import { invalidRequest } from '../errors.js';
import { isKeyFingerprint } from '../code/key-fingerprint.js';

const MAX_FACT_LENGTH = 128;
/** X.520's upper bound. */
const MAX_COMMON_NAME_LENGTH = 64;
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
export function checkCommonName(name: string | undefined): void {
  if (name === undefined || name.length <= MAX_COMMON_NAME_LENGTH) return;
  throw invalidRequest(
    'csr',
    `the common name in the certificate request is longer than ${MAX_COMMON_NAME_LENGTH} characters`,
  );
}
