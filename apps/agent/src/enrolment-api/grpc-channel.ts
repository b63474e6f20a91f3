import {
  ChannelCredentials,
  Client,
  Metadata,
  type ServiceError,
  credentials,
  logVerbosity,
  setLogVerbosity,
} from '@grpc/grpc-js';
import { ProvisionError, type ProxySettings } from '@org/domain';
import { type TunnelTarget, grpcRoute, tunnelProblem } from '@org/http-client/tunnel';
import type { Identity } from '@org/device';
import { certificatePem } from '@org/x509';
import { grpcError, isWithoutConnection } from './grpc-error.js';

/** One method, as ts-proto's service definitions describe it. */
export interface Method<Q, A> {
  readonly path: string;
  requestSerialize(request: Q): Buffer;
  responseDeserialize(bytes: Buffer): A;
}

export interface CallOptions {
  /** Milliseconds; default 15 s. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

interface Answered<A> {
  readonly answer: A;
  /** The server's time of day, where it says so (milliseconds since 1970). */
  readonly serverTime?: number;
}

interface ChannelOptions {
  /** `https://host:port`, or `http://host:port` without TLS. */
  readonly url: string;
  /** PEM of the only roots to verify the server by; undefined: those of the system. */
  readonly anchors: string | undefined;
  /** Whose certificate to show. */
  readonly identity?: Identity;
  readonly proxies?: ProxySettings;
}

/** A server, and the way to it. */
export interface Channel {
  readonly client: Client;
  readonly url: string;
  /** Undefined when the way is direct. */
  readonly tunnel: TunnelTarget | undefined;
}

// What matters of a connection is in the error of its call; by itself, grpc-js writes lines to standard error.
setLogVerbosity(logVerbosity.NONE);

/** Dead connections are found out about: streams wait for minutes. Unused ones are closed. */
const CHANNEL = {
  'grpc.keepalive_time_ms': 60_000,
  'grpc.keepalive_timeout_ms': 10_000,
  'grpc.client_idle_timeout_ms': 60_000,
  'grpc.initial_reconnect_backoff_ms': 1_000,
  'grpc.max_receive_message_length': 1024 * 1024,
};

/** @throws ProvisionError `invalid` (`tls_material_unusable`) for certificates that TLS does not take */
export function openChannel({ url, anchors, identity, proxies }: ChannelOptions): Channel {
  const { target, options, tunnel } = grpcRoute(url, proxies);
  const security = url.startsWith('http:') ? credentials.createInsecure() : ssl(anchors, identity);
  return { client: new Client(target, security, { ...CHANNEL, ...options }), url, tunnel };
}

function ssl(anchors: string | undefined, identity: Identity | undefined): ChannelCredentials {
  try {
    const root = anchors === undefined ? null : Buffer.from(anchors);
    if (!identity?.key.pem) return credentials.createSsl(root);
    const { certificate, intermediates, key } = identity;
    const chain = [certificate, ...intermediates].map(({ der }) => certificatePem(der)).join('');
    return credentials.createSsl(root, Buffer.from(key.pem!.reveal()), Buffer.from(chain));
  } catch (cause) {
    // Everything else is a defect, which must not look like one of the files.
    if (!isOfOpenSsl(cause)) throw cause;
    throw new ProvisionError({
      kind: 'invalid',
      code: 'tls_material_unusable',
      message: 'TLS does not accept the certificates or the key on this device.',
      cause,
    });
  }
}

const isOfOpenSsl = (error: unknown): boolean =>
  /^ERR_(OSSL|SSL)_/.test(String((error as NodeJS.ErrnoException).code));

const TIMEOUT_MS = 15_000;

/** @throws ProvisionError, see `grpcError`; aborts with `signal`'s reason */
export function callUnary<Q, A>(
  channel: Channel,
  method: Method<Q, A>,
  request: Q,
  { timeoutMs = TIMEOUT_MS, signal }: CallOptions = {},
): Promise<Answered<A>> {
  signal?.throwIfAborted();
  return new Promise((resolve, reject) => {
    let date: string | undefined;
    const abort = (): void => call.cancel();
    const done = (error: ServiceError | null, answer?: A): void => {
      signal?.removeEventListener('abort', abort);
      if (signal?.aborted) reject(signal.reason as Error);
      else if (error) void errorOf(error, channel, signal).then(reject);
      else resolve({ answer: answer!, serverTime: timeOf(date) });
    };
    const call = channel.client.makeUnaryRequest(
      method.path,
      (value: Q) => method.requestSerialize(value),
      (bytes) => method.responseDeserialize(bytes),
      request,
      new Metadata(),
      { deadline: Date.now() + timeoutMs },
      done,
    );
    // HTTP/2 servers send it as HTTP/1.1 ones do (RFC 9110 6.6.1).
    call.on('metadata', (metadata) => (date = metadata.get('date')[0]?.toString()));
    signal?.addEventListener('abort', abort, { once: true });
  });
}

/** As long as a person waits for words. */
const PROXY_PATIENCE_MS = 5_000;

/** Where a proxy is on the way and there was no connection, grpc-js cannot say why: the proxy is asked. */
async function errorOf(
  error: ServiceError,
  { url, tunnel }: Channel,
  signal: AbortSignal | undefined,
): Promise<unknown> {
  if (!tunnel || !isWithoutConnection(error)) return grpcError(error, url);
  const options = { timeoutMs: PROXY_PATIENCE_MS, signal };
  return (await tunnelProblem(tunnel, options).catch((reason: unknown) => reason)) ?? grpcError(error, url);
}

function timeOf(date: string | undefined): number | undefined {
  const time = Date.parse(date ?? '');
  return Number.isNaN(time) ? undefined : time;
}

/**
 * Whether an answer of a stream comes that is `wanted`, before the stream ends or time is up.
 *
 * @throws aborts with `signal`'s reason; every other end is false
 */
export function callUntil<Q, A>(
  { client }: Channel,
  method: Method<Q, A>,
  request: Q,
  { timeoutMs = TIMEOUT_MS, signal, wanted }: CallOptions & { readonly wanted: (answer: A) => boolean },
): Promise<boolean> {
  signal?.throwIfAborted();
  return new Promise((resolve, reject) => {
    const call = client.makeServerStreamRequest(
      method.path,
      (value: Q) => method.requestSerialize(value),
      (bytes) => method.responseDeserialize(bytes),
      request,
      new Metadata(),
      { deadline: Date.now() + timeoutMs },
    );
    const abort = (): void => call.cancel();
    const end = (found: boolean): void => {
      signal?.removeEventListener('abort', abort);
      call.cancel();
      if (signal?.aborted) reject(signal.reason as Error);
      else resolve(found);
    };
    call.on('data', (answer: A) => wanted(answer) && end(true));
    call.on('error', () => end(false));
    call.on('end', () => end(false));
    signal?.addEventListener('abort', abort, { once: true });
  });
}
