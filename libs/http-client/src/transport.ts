import * as tls from 'node:tls';
import { Agent, buildConnector } from 'undici';
import { proxyFor } from '@org/domain';
import { AbandonedCalls } from './abandoned.js';
import { type Sender, exchange } from './exchange.js';
import { MAX_ANSWER_BYTES, fetchSender } from './fetch-sender.js';
import type { SenderOptions, TlsOptions } from './sender-options.js';
import { trustAnchors } from './trust-anchors.js';
import { openTunnel } from './tunnel/tunnel.js';

/**
 * Time limits, in milliseconds. Those of calls are how long their caller waits: for a connection, repeats and the pauses
 * between them included.
 */
export interface TimeLimits {
  /** TCP and TLS together; through a proxy, once more for its connection. Default 3 s. */
  readonly connectMs: number;
  /** Calls that change nothing. Default 30 s. */
  readonly readMs: number;
  /** Calls that change something. Default 30 s. */
  readonly writeMs: number;
  /** Calls of which it is known that they take long (`slow`). Default 60 s. */
  readonly slowMs: number;
  /**
   * How long a call that changes something goes on when no one waits for it any more, before its connection is cut
   * after all. Default 2 min; 0 cuts it at once.
   */
  readonly abandonMs: number;
}

export interface TransportOptions extends SenderOptions {
  readonly limits?: Partial<TimeLimits>;
  /** Connections to one origin at a time; further calls wait. Default 128. */
  readonly connections?: number;
}

/** A pool of connections that any number of clients share. Who made it closes it. */
export interface Transport {
  readonly sender: Sender;
  readonly limits: TimeLimits;
  /** Calls that no one waits for any more, and that are not answered yet. */
  readonly abandoned: AbandonedCalls;
  /**
   * Waits for calls under way, abandoned ones included (`abandoned.drain` limits that), then closes every connection.
   * Later calls fail with `connect_failed`.
   */
  close(): Promise<void>;
}

const DEFAULT_LIMITS: TimeLimits = {
  connectMs: 3_000,
  readMs: 30_000,
  writeMs: 30_000,
  slowMs: 60_000,
  abandonMs: 120_000,
};

/**
 * Connections that are not used are closed after 10 s, well before the 60 s after which Magistrala's services
 * close them from their side: a request written into a connection that is just being closed gets no answer.
 */
const KEEP_ALIVE_MS = 10_000;

/** @throws ProvisionError `invalid` (`invalid_tls_ca`) when `tls.ca` is not PEM certificates. */
export function createTransport(options: TransportOptions = {}): Transport {
  const limits = { ...DEFAULT_LIMITS, ...options.limits };
  const sender = hasDispatch ? pooledSender(options, limits) : fetchSender(options);
  return { sender, limits, abandoned: new AbandonedCalls(limits.abandonMs), close: () => sender.close() };
}

/** Bun brings an undici of its own, which cannot do what Node's can. */
const hasDispatch = typeof (Agent.prototype as Partial<Agent>).dispatch === 'function';

function pooledSender(options: TransportOptions, limits: TimeLimits): Sender {
  const agent = new Agent({
    connect: connector(limits.connectMs, options),
    connections: options.connections ?? 128,
    // Every call has a limit of its own here; these would cut a call that changes something.
    headersTimeout: 0,
    bodyTimeout: 0,
    keepAliveTimeout: KEEP_ALIVE_MS,
    keepAliveMaxTimeout: KEEP_ALIVE_MS,
    maxResponseSize: options.maxAnswerBytes ?? MAX_ANSWER_BYTES,
  });
  return {
    send: (request, exchanging) => exchange(agent, request, exchanging),
    close: () => agent.close(),
  };
}

function connector(timeoutMs: number, { tls: verification, proxies }: TransportOptions) {
  const connect = buildConnector({ timeout: timeoutMs, ...tlsOptions(verification) });
  if (!proxies) return connect;
  return (options: buildConnector.Options, callback: buildConnector.Callback): void => {
    const { protocol, hostname, port } = options;
    const proxy = proxyFor(proxies, `${protocol}//${options.host}`);
    if (!proxy) return void connect(options, callback);
    const host = hostname.replace(/^\[|\]$/g, '');
    openTunnel({ proxy, host, port: Number(port || 443) }, { timeoutMs }).then(
      (httpSocket) => connect({ ...options, httpSocket }, callback),
      (error: Error) => callback(error, null),
    );
  };
}

/** The secure context is made once: loading some 150 trust anchors for each connection would be slow. */
function tlsOptions({ verify = true, ca, exclusive = false }: TlsOptions = {}) {
  const rejectUnauthorized = verify;
  const anchors = trustAnchors(ca, exclusive);
  return {
    rejectUnauthorized,
    ...(anchors && { secureContext: tls.createSecureContext({ ca: [...anchors] }) }),
  };
}
