import type { ServerHttp2Stream } from 'node:http2';
import { isIPv4 } from 'node:net';
import { TLSSocket } from 'node:tls';
import type { Metadata, ServerInterceptingCallInterface } from '@grpc/grpc-js';

/** Who is at the other end of a call's connection. */
export interface Caller {
  /** IPv4 ones in their own form also where the socket is an IPv6 one; empty on a local socket. */
  readonly address: string;
  /** The TLS client certificate, DER. Its key was proven in the handshake; nothing else of it was checked. */
  readonly certificate: Buffer | undefined;
}

const callers = new WeakMap<Metadata, Caller>();

/** @param metadata of a call, as its handler gets them */
export function callerOf(metadata: Metadata): Caller {
  return callers.get(metadata) ?? { address: '', certificate: undefined };
}

/** Remembers who makes a call, for as long as its metadata live. */
export function noteCaller(metadata: Metadata, call: ServerInterceptingCallInterface): void {
  const address = withoutMapping(call.getConnectionInfo().remoteAddress ?? '');
  callers.set(metadata, { address, certificate: certificateOf(call) });
}

/** RFC 4291 §2.5.5.2. */
function withoutMapping(address: string): string {
  const tail = address.toLowerCase().startsWith('::ffff:') ? address.slice('::ffff:'.length) : '';
  return isIPv4(tail) ? tail : address;
}

/**
 * grpc-js's `getAuthContext` shows only certificates whose chain was verified. Here none is: an expired one has to
 * reach the use cases. So the socket itself is asked, by way of a field that is not public.
 */
function certificateOf(call: ServerInterceptingCallInterface): Buffer | undefined {
  const { stream } = call as unknown as { readonly stream: ServerHttp2Stream };
  const socket = stream.session?.socket;
  return socket instanceof TLSSocket ? socket.getPeerX509Certificate()?.raw : undefined;
}
