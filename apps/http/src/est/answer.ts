import type { OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { certsOnly } from '@org/pki';
import type { FastifyReply } from 'fastify';

interface EstAnswer {
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly body: string;
}

export const CERTS_ONLY = 'application/pkcs7-mime; smime-type=certs-only';

/**
 * Certificates as RFC 7030 4.1.3 and 4.2.3 want them. RFC 8951 3 needs neither the line breaks nor the header for the
 * encoding any more, but clients from before do: libest reads nothing without the one, others without the other.
 *
 * @param certificates DER each
 */
export const certificates = (all: readonly Uint8Array[]): EstAnswer => inBase64(CERTS_ONLY, certsOnly(all));

/**
 * What a request should contain: a signature over SHA-256, which goes with almost any key. To ask for a kind of key could
 * make clients that have another give up (RFC 7030 4.5.2), and a device has made its key before it asked for its code.
 * To ask for nothing would do too, but libest's client does not go on after 204, and never ends after an empty list.
 */
export const ATTRIBUTES = inBase64(
  'application/csrattrs',
  // CsrAttrs with one object identifier, 2.16.840.1.101.3.4.2.1
  Buffer.from('300b0609608648016503040201', 'hex'),
);

function inBase64(type: string, der: Buffer): EstAnswer {
  const headers = { 'Content-Type': type, 'Content-Transfer-Encoding': 'base64' };
  return { status: 200, headers, body: der.toString('base64').replaceAll(/.{1,64}/g, '$&\n') };
}

export function sendEst(reply: FastifyReply, { status, headers, body }: EstAnswer): void {
  keepCapitals(reply.raw);
  void reply.status(status).headers(headers).send(body);
}

/** Fastify writes the names of headers in lower case, which is fine with HTTP; libest knows them in capitals only. */
function keepCapitals(response: ServerResponse): void {
  const writeHead = response.writeHead.bind(response);
  response.writeHead = ((status: number, headers: OutgoingHttpHeaders) =>
    writeHead(
      status,
      Object.fromEntries(Object.entries(headers).map(([name, value]) => [capitalized(name), value])),
    )) as typeof writeHead;
}

const capitalized = (name: string): string =>
  name.replaceAll(/^www|^[a-z]|-[a-z]/g, (start) => start.toUpperCase());
