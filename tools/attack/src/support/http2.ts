import { type ClientHttp2Session, connect, constants } from 'node:http2';
import { connect as connectTcp } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { App } from '@org/harness';

/** An HTTP/2 connection to the gRPC app, whose certificate is not looked at. */
interface Session {
  readonly session: ClientHttp2Session;
  close(): void;
}

export const openSession = ({ url }: App, localAddress = '127.0.0.2'): Promise<Session> =>
  new Promise((resolve, reject) => {
    const { port, origin } = new URL(`https://${url}`);
    const socket = connectTls({
      socket: connectTcp({ host: '127.0.0.1', port: Number(port), localAddress }).on('error', reject),
      rejectUnauthorized: false,
      ALPNProtocols: ['h2'],
    });
    const session = connect(origin, { createConnection: () => socket, maxOutstandingPings: 100_000 });
    session.once('connect', () => resolve({ session, close: () => session.destroy() }));
    session.once('error', reject);
    session.once('close', () => reject(new Error('the connection was closed before it was open')));
    // What is closed in the middle is the other side's good right.
    session.on('error', () => undefined);
  });

interface Call {
  /** `/package.Service/Method`. */
  readonly path: string;
  readonly message: Buffer;
  /** gzip: the message is compressed already. */
  readonly encoding?: 'gzip';
}

const WITHIN_MS = 20_000;
const COMPRESSED = 1;

/** @returns the gRPC status; `closed` where none came */
export const call = ({ session }: Session, { path, message, encoding }: Call): Promise<string> =>
  new Promise((resolve) => {
    const stream = session.request({
      ':method': 'POST',
      ':path': path,
      'content-type': 'application/grpc',
      te: 'trailers',
      ...(encoding && { 'grpc-encoding': encoding }),
    });
    let status = 'closed';
    const note = (headers: Record<string, unknown>) => {
      const told = headers['grpc-status'];
      if (typeof told === 'string') status = told;
    };
    stream
      .on('response', note)
      .on('trailers', note)
      .on('error', () => undefined);
    const late = setTimeout(() => stream.close(constants.NGHTTP2_CANCEL, () => resolve('late')), WITHIN_MS);
    stream.once('close', () => {
      clearTimeout(late);
      resolve(status);
    });
    // Node's client would go on waiting for what it has not written.
    stream.once('end', () => setImmediate(() => stream.destroy()));
    stream.resume();
    const prefix = Buffer.alloc(5);
    prefix.writeUInt8(encoding ? COMPRESSED : 0);
    prefix.writeUInt32BE(message.length, 1);
    stream.end(Buffer.concat([prefix, message]));
  });
