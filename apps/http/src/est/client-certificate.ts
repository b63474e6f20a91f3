import { TLSSocket } from 'node:tls';
import type { FastifyRequest } from 'fastify';
import { HttpFailure } from '../errors/http-failure.js';

const refused = (message: string) =>
  new HttpFailure(403, { kind: 'forbidden', code: 'client_certificate_required', message });

/** The certificate, DER, whose key the TLS handshake has shown; nothing else about it has been checked. */
export function clientCertificateOf({ raw: { socket } }: Pick<FastifyRequest, 'raw'>): Buffer {
  if (!(socket instanceof TLSSocket))
    throw refused(
      'renewing needs TLS with this service itself: behind a proxy that ends TLS, client certificates do not get here',
    );
  const certificate = socket.getPeerX509Certificate();
  if (certificate) return certificate.raw;
  throw refused('renewing needs a TLS client certificate: the one that is to be replaced');
}
