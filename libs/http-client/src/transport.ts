import { X509Certificate } from 'node:crypto';
import * as tls from 'node:tls';
import { Agent } from 'undici';
import { ProvisionError } from '@org/domain';

/** How the other side's certificate is verified. */
export interface TlsOptions {
  /** False only when somebody turned verification off explicitly. Default true. */
  readonly verify?: boolean;
  /** PEM text of trust anchors in addition to the default ones. */
  readonly ca?: string;
  /** True: `ca`, where there is one, takes the place of the default ones. Default false. */
  readonly exclusive?: boolean;
}

/** Time limits, in milliseconds. */
export interface TimeLimits {
  /** TCP and TLS together. Default 3 s. */
  readonly connectMs: number;
  /** From the request's last byte to the answer's headers. Default 15 s, what Magistrala's services allow themselves. */
  readonly headersMs: number;
  /** Between two pieces of the answer's body. Default 15 s. */
  readonly bodyMs: number;
  /** One call altogether: waiting for a connection, repeats and the pauses between them included. Default 30 s. */
  readonly totalMs: number;
}

export interface TransportOptions {
  readonly tls?: TlsOptions;
  readonly limits?: Partial<TimeLimits>;
  /** Connections to one origin at a time; further calls wait. Default 128. */
  readonly connections?: number;
  /** Bytes that the body of an answer may have. Default 16 MiB. */
  readonly maxAnswerBytes?: number;
}

/** A pool of connections that any number of clients share. Who made it closes it. */
export interface Transport {
  readonly agent: Agent;
  readonly limits: TimeLimits;
  /** Waits for calls under way, then closes every connection. Later calls fail with `connect_failed`. */
  close(): Promise<void>;
}

const DEFAULT_LIMITS: TimeLimits = { connectMs: 3_000, headersMs: 15_000, bodyMs: 15_000, totalMs: 30_000 };

/**
 * Connections that are not used are closed after 10 s, well before the 60 s after which Magistrala's services
 * close them from their side: a request written into a connection that is just being closed gets no answer.
 */
const KEEP_ALIVE_MS = 10_000;

/** @throws ProvisionError `invalid` (`invalid_tls_ca`) when `tls.ca` is not PEM certificates. */
export function createTransport(options: TransportOptions = {}): Transport {
  const limits = { ...DEFAULT_LIMITS, ...options.limits };
  const agent = new Agent({
    connect: { timeout: limits.connectMs, ...tlsOptions(options.tls) },
    connections: options.connections ?? 128,
    headersTimeout: limits.headersMs,
    bodyTimeout: limits.bodyMs,
    keepAliveTimeout: KEEP_ALIVE_MS,
    keepAliveMaxTimeout: KEEP_ALIVE_MS,
    maxResponseSize: options.maxAnswerBytes ?? 16 * 1024 * 1024,
  });
  return { agent, limits, close: () => agent.close() };
}

/** The secure context is made once: loading some 150 trust anchors for each connection would be slow. */
function tlsOptions({ verify = true, ca, exclusive = false }: TlsOptions = {}) {
  const rejectUnauthorized = verify;
  if (ca === undefined) return { rejectUnauthorized };
  assertCertificates(ca);
  const anchors = exclusive ? [ca] : [...defaultAnchors(), ca];
  return { rejectUnauthorized, secureContext: tls.createSecureContext({ ca: anchors }) };
}

function defaultAnchors(): readonly string[] {
  // Since Node 22.15; unlike `rootCertificates`, it knows NODE_EXTRA_CA_CERTS and --use-system-ca.
  const current = tls.getCACertificates as typeof tls.getCACertificates | undefined;
  return current?.('default') ?? tls.rootCertificates;
}

/** Node ignores text without certificates where a `ca` is expected, which would look like a broken server. */
function assertCertificates(pem: string): void {
  try {
    new X509Certificate(pem);
  } catch (cause) {
    throw new ProvisionError({
      kind: 'invalid',
      code: 'invalid_tls_ca',
      message: 'the CA for TLS is not PEM text of certificates',
      cause,
    });
  }
}
