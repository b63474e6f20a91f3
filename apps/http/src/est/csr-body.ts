import { HttpFailure } from '../errors/http-failure.js';

/** First octet of DER; no base64 of a SEQUENCE begins with it. */
const SEQUENCE = 0x30;

/**
 * The PKCS#10 request in a body: base64, with line breaks or without, whatever Content-Transfer-Encoding says
 * (RFC 8951 3); also plain DER and PEM, as people send it by hand.
 * @returns DER or PEM, not read yet
 */
export function csrOf(body: unknown): Buffer {
  if (!Buffer.isBuffer(body)) throw notBase64();
  if (body[0] === SEQUENCE || body.includes('-----BEGIN ')) return body;
  const base64 = body.toString('latin1').replaceAll(/\s+/g, '');
  const csr = Buffer.from(base64, 'base64');
  // The way back finds what Node's decoder forgives.
  if (csr.length > 0 && csr.toString('base64') === base64) return csr;
  throw notBase64();
}

const notBase64 = () =>
  new HttpFailure(400, {
    kind: 'invalid',
    code: 'csr_not_base64',
    message: 'the body must be a certificate request (PKCS#10), DER in base64',
  });
