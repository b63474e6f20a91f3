import type { SecureContextOptions } from 'node:tls';
import { ServerCredentials } from '@grpc/grpc-js';
import type { ListenTls } from '@org/layout-config';
import { MOST_STREAMS } from '../transport/limits.js';

/** Bytes that the headers of a call may have: a token, an id, what proxies add. */
const MOST_HEADER_BYTES = 16 * 1024;

/**
 * TLS that asks for a client certificate and takes any, or none: devices have none before they are enrolled, and an
 * expired one has to reach the use cases, which look certificates up themselves. The handshake proves the key. No names
 * of acceptable issuers are sent, so that clients send what they have.
 */
export class DeviceCredentials extends ServerCredentials {
  constructor(tls: ListenTls) {
    super(
      {
        requestCert: true,
        rejectUnauthorized: false,
        settings: { maxConcurrentStreams: MOST_STREAMS, maxHeaderListSize: MOST_HEADER_BYTES },
      },
      contextOf(tls),
    );
  }

  /** For connections from now on. */
  replace(tls: ListenTls): void {
    this.updateSecureContextOptions(contextOf(tls));
  }

  override _equals(other: ServerCredentials): boolean {
    return this === other;
  }
}

const contextOf = ({ cert, key }: ListenTls): SecureContextOptions => ({ cert, key: key.reveal() });
