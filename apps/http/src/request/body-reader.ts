import type { IncomingMessage } from 'node:http';
import type { ProvisionError } from '@org/domain';
import { type UnfinishedBounds, UnfinishedRequests } from '@org/server';
import fastify, { type FastifyInstance, type FastifyRequest } from 'fastify';

const FIRST_BYTES = 1024;

/** Bodies stay bytes until the caller is known: token, then content type, then JSON (Magistrala wire §7.2). */
export function readBodies(app: FastifyInstance, bounds: UnfinishedBounds): void {
  const unfinished = new UnfinishedRequests(bounds);
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', (request: FastifyRequest, payload: IncomingMessage) =>
    readBody(request, payload, unfinished),
  );
}

function readBody(
  request: FastifyRequest,
  payload: IncomingMessage,
  unfinished: UnfinishedRequests,
): Promise<Buffer> {
  const most = request.routeOptions.bodyLimit!;
  if (Number(request.headers['content-length']) > most) return Promise.reject(tooLarge());
  return new Promise((resolve, reject) => {
    const bytes = new GrowingBuffer();
    const refuse = (error: Error | ProvisionError) => {
      payload.off('data', onData);
      unfinished.end(held);
      reject(error);
    };
    const held = { address: request.origin.address, refuse };
    const onData = (chunk: Buffer) => {
      if (bytes.length + chunk.length > most) refuse(tooLarge());
      else unfinished.hold(held, bytes.append(chunk));
    };
    unfinished.begin(held);
    payload.on('data', onData);
    payload.once('end', () => {
      unfinished.end(held);
      resolve(bytes.content());
    });
    payload.once('error', (error) => refuse(Object.assign(error, { statusCode: 400 })));
  });
}

const tooLarge = () => new fastify.errorCodes.FST_ERR_CTP_BODY_TOO_LARGE();

/** A list of chunks would need far more memory than their bytes if a caller sends one byte at a time. */
class GrowingBuffer {
  length = 0;
  #bytes = Buffer.alloc(0);

  /** @returns by how many bytes it has grown */
  append(chunk: Buffer): number {
    const before = this.#bytes.length;
    const needed = this.length + chunk.length;
    if (needed > before) {
      const bytes = Buffer.allocUnsafe(Math.max(needed, 2 * before, FIRST_BYTES));
      this.#bytes.copy(bytes);
      this.#bytes = bytes;
    }
    chunk.copy(this.#bytes, this.length);
    this.length = needed;
    return this.#bytes.length - before;
  }

  content(): Buffer {
    return this.#bytes.subarray(0, this.length);
  }
}
