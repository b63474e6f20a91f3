import { isDeepStrictEqual } from 'node:util';
import { DerError, DerReader } from '../der/read.js';
import { TAG } from '../der/tags.js';
import type { ParsedCertificate } from '../certificate/certificate.js';
import { readSubject } from './directory-string.js';
import type { CertificateRequest } from './request.js';

/** Whether a request asks for the very subject that a certificate has, whatever kinds of string the two write it in. */
export function keepsSubject({ subject }: CertificateRequest, certificate: ParsedCertificate): boolean {
  try {
    const current = readSubject(new DerReader(certificate.subject).enter(TAG.sequence));
    return isDeepStrictEqual(subject, current);
  } catch (error) {
    // A subject that no request can have, such as one in TeletexString.
    if (error instanceof DerError) return false;
    throw error;
  }
}
