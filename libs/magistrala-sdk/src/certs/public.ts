import { fromJson, goTime, needed, path } from '@org/http-client';
import { Service } from '../service.js';

/** PEM chain of the issuing authority. */
export interface CaChain {
  readonly certificate: string;
  /** RFC 3339; of the first certificate. */
  readonly expiresAt: string | undefined;
}

/** What an OCSP question is asked with: a DER request (RFC 6960), a serial number, or a certificate's PEM. */
export type OcspQuestion =
  { readonly request: Buffer } | { readonly serialNumber: string } | { readonly certificate: string };

interface Options {
  readonly signal?: AbortSignal;
}

/** What the certs service tells anybody, without a token (Magistrala wire §5.1). */
export class PublicCerts extends Service {
  /** No answer about a certificate holds its chain: this is where it comes from. */
  async viewCa(options: Options = {}): Promise<CaChain> {
    return this.http.request({
      operation: 'view_ca',
      method: 'GET',
      path: path`/certs/view-ca`,
      expect: [200],
      decode: fromJson<{ certificate: string; expiry_time: string }, CaChain>((wire) => ({
        certificate: needed(wire.certificate),
        expiresAt: goTime(wire.expiry_time),
      })),
      ...options,
    });
  }

  /** The same as a zip file with one entry, `ca.crt`. */
  async downloadCa(options: Options = {}): Promise<Buffer> {
    return this.http.request({
      operation: 'download_ca',
      method: 'GET',
      path: path`/certs/download-ca`,
      expect: [200],
      decode: ({ bytes }) => bytes,
      ...options,
    });
  }

  /** @returns the CRL as the back end made it, DER. */
  async crl(options: Options = {}): Promise<Buffer> {
    return this.http.request({
      operation: 'crl',
      method: 'GET',
      path: path`/certs/crl`,
      expect: [200],
      decode: fromJson<{ crl: string }, Buffer>((wire) => Buffer.from(needed(wire.crl), 'base64')),
      ...options,
    });
  }

  /** @returns the OCSP response, DER. */
  async ocsp(question: OcspQuestion, options: Options = {}): Promise<Buffer> {
    const body =
      'request' in question
        ? { body: question.request, headers: { 'content-type': 'application/ocsp-request' } }
        : { json: 'certificate' in question ? question : { serial_number: question.serialNumber } };
    return this.http.request({
      operation: 'ocsp',
      method: 'POST',
      path: path`/certs/ocsp`,
      ...body,
      expect: [200],
      decode: ({ bytes }) => bytes,
      repeatable: true,
      safe: true,
      ...options,
    });
  }
}
