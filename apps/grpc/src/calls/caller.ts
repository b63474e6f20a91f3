import type { IncomingMessage } from 'node:http';
import type { ServerHttp2Stream } from 'node:http2';
import { isIPv4 } from 'node:net';
import { TLSSocket } from 'node:tls';
import proxyAddr from '@fastify/proxy-addr';
import type { Metadata, ServerInterceptingCallInterface } from '@grpc/grpc-js';

/** Who makes a call. */
export interface Caller {
  /**
   * Of the other end of its connection, or what the trusted proxies there say. IPv4 ones in their own form also where the
   * socket is an IPv6 one; empty on a local socket.
   */
  readonly address: string;
  /** The TLS client certificate, DER. Its key was proven in the handshake; nothing else of it was checked. */
  readonly certificate: Buffer | undefined;
}

const callers = new WeakMap<Metadata, Caller>();

/** @param metadata of a call, as its handler gets them */
export function callerOf(metadata: Metadata): Caller {
  return callers.get(metadata) ?? { address: '', certificate: undefined };
}

/** Whether a peer's `x-forwarded-for` is believed. */
export type Trust = ReturnType<typeof proxyAddr.compile>;

/** @param proxies IP addresses and CIDR blocks */
export const trustIn = (proxies: readonly string[]): Trust => proxyAddr.compile([...proxies]);

/** Remembers who makes a call, for as long as its metadata live. */
export function noteCaller(metadata: Metadata, call: ServerInterceptingCallInterface, trusts: Trust): void {
  const address = withoutMapping(originOf(metadata, call.getConnectionInfo().remoteAddress ?? '', trusts));
  callers.set(metadata, { address, certificate: certificateOf(call) });
}

/** As Fastify tells it to the HTTP app, with the same library, so that limits by address mean the same in both. */
function originOf(metadata: Metadata, remoteAddress: string, trusts: Trust): string {
  const headers = { 'x-forwarded-for': metadata.get('x-forwarded-for').join(', ') };
  return proxyAddr({ headers, socket: { remoteAddress } } as unknown as IncomingMessage, trusts);
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
