import type { SecureContextOptions } from 'node:tls';
import { ServerCredentials } from '@grpc/grpc-js';
import type { ListenTls } from '@org/layout-config';
import { MOST_STREAMS } from '../transport/limits.js';

/** Bytes that the headers of a call may have: a token, an id, what proxies add. */
const MOST_HEADER_BYTES = 16 * 1024;

/**
 * Calls that a connection may take back: so many at once, and so many a second besides. Beginning them costs a client
 * nothing (CVE-2023-44487).
 */
const MOST_RESETS = 200;
const RESETS_A_SECOND = 33;

/**
 * TLS that asks for a client certificate and takes any, or none: devices have none before they are enrolled, and an
 * expired one has to reach the use cases, which look certificates up themselves. The handshake proves the key. No names
 * of acceptable issuers are sent, so that clients send what they have.
 */
export class TlsCredentials extends ServerCredentials {
  constructor(tls: ListenTls) {
    super(
      {
        requestCert: true,
        rejectUnauthorized: false,
        streamResetBurst: MOST_RESETS,
        streamResetRate: RESETS_A_SECOND,
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
