import type { SecureContextOptions } from 'node:tls';
import { ServerCredentials } from '@grpc/grpc-js';
import type { ListenTls } from '@org/layout-config';

/** Milliseconds: connections that never shake hands must not be held. */
const HANDSHAKE_TIMEOUT_MS = 10_000;

/**
 * TLS that asks for a client certificate and takes any, or none: devices have none before they are enrolled, and an
 * expired one has to reach the use cases, which look certificates up themselves. The handshake proves the key. No names
 * of acceptable issuers are sent, so that clients send what they have.
 */
export class DeviceCredentials extends ServerCredentials {
  constructor(tls: ListenTls) {
    super(
      { requestCert: true, rejectUnauthorized: false, handshakeTimeout: HANDSHAKE_TIMEOUT_MS },
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
