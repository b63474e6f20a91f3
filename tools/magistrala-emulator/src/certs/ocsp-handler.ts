import type { CertID } from 'pkijs';
import { Certificate } from 'pkijs';
import { MalformedJson, fields, text, wholeValue } from '../http/go-json.js';
import { badRequest, internal } from '../http/refusal.js';
import { type Handler, type Request, contentType } from '../http/request.js';
import type { World } from '../world.js';
import { answerOcsp, certIdFor, readOcspRequest } from './revocation.js';
import { fromPem, serialText } from './x509.js';

const jsonShape = fields({ serial_number: text, certificate: text });

/** A DER request, or a serial number or a certificate in JSON (Magistrala wire §5.3). */
export function ocspHandler({ authority, certificates, clock }: World): Handler {
  const context = { clock, issuer: authority.intermediate, certificates };

  async function asked(request: Request): Promise<readonly CertID[]> {
    const ids = readOcspRequest(request.body);
    if (ids) return ids;
    if (!contentType(request).includes('application/json')) throw internal('not an OCSP request');
    const found = certificates.get(serialAskedFor(request));
    if (!found) throw internal('no such certificate');
    return [await certIdFor(authority.intermediate, found.certificate.serialNumber)];
  }

  return async (request) => ({
    status: 200,
    headers: { 'content-type': 'application/ocsp-response' },
    body: await answerOcsp(context, await asked(request)),
  });
}

function serialAskedFor(request: Request): string {
  const { serial_number: serial = '', certificate = '' } = readJson(request);
  if (serial === '' && certificate === '') throw badRequest('malformed entity specification');
  if (certificate !== '') return serialIn(certificate);
  const digits = serial.replaceAll(/[: -]/g, '').toLowerCase();
  return (digits.padStart(digits.length + (digits.length % 2), '0').match(/../g) ?? []).join(':');
}

function readJson(request: Request): ReturnType<typeof jsonShape> {
  try {
    return jsonShape(wholeValue(request.body.toString('utf8')));
  } catch (error) {
    if (error instanceof MalformedJson) throw internal('unreadable OCSP request');
    throw error;
  }
}

function serialIn(pem: string): string {
  try {
    return serialText(Certificate.fromBER(fromPem(pem) ?? new ArrayBuffer(0)));
  } catch {
    throw badRequest('malformed entity specification');
  }
}
