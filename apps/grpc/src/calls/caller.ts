import type { ServerHttp2Stream } from 'node:http2';
import { TLSSocket } from 'node:tls';
import type { Metadata, ServerInterceptingCallInterface } from '@grpc/grpc-js';
import type { Origin, OriginReader } from '@org/server';

/** The caller of a call. */
export interface Caller extends Origin {
  /** The TLS client certificate, DER. Its key was proven in the handshake; nothing else of it was checked. */
  readonly certificate: Buffer | undefined;
}

const callers = new WeakMap<Metadata, Caller>();
const NOBODY: Caller = { address: '', isTls: false, isPrivate: false, certificate: undefined };

/** @param metadata of a call, as its handler gets them */
export const callerOf = (metadata: Metadata): Caller => callers.get(metadata) ?? NOBODY;

/** Remembers the caller of a call for the lifetime of its metadata. */
export function noteCaller(
  metadata: Metadata,
  call: ServerInterceptingCallInterface,
  originOf: OriginReader,
): void {
  const { socket } = streamOf(call).session ?? {};
  const origin = originOf({
    address: call.getConnectionInfo().remoteAddress,
    tls: socket instanceof TLSSocket,
    forwardedFor: metadata.get('x-forwarded-for').join(','),
    forwardedProto: metadata.get('x-forwarded-proto').join(','),
  });
  const certificate = socket instanceof TLSSocket ? socket.getPeerX509Certificate()?.raw : undefined;
  callers.set(metadata, { ...origin, certificate });
}

/**
 * By way of a field that is not public. grpc-js's `getAuthContext` shows only certificates whose chain was verified. Here
 * none is: an expired one has to reach the use cases, so the socket itself is asked. Nor does grpc-js tell how much of a
 * request there is before it is there.
 */
export const streamOf = (call: ServerInterceptingCallInterface): ServerHttp2Stream =>
  (call as unknown as { readonly stream: ServerHttp2Stream }).stream;
