import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { gzipSync } from 'node:zlib';
import {
  type ClientHttp2Session,
  type ClientHttp2Stream,
  connect as http2Connect,
  constants,
} from 'node:http2';
import {
  Client,
  Metadata,
  Server,
  ServerCredentials,
  type ServiceError,
  credentials,
  status,
} from '@grpc/grpc-js';
import { provisioning } from '@org/proto';
import { NO_TRACER, createLogger, requestContext } from '@org/server';
import { CallSupervisor } from '../../src/calls/supervisor.js';
import { refusal } from '../support/device.js';

const PING = '/provisioning.ProvisioningService/ping';
const LIMIT_MS = 100;
/** A call holds as much before anything of its message has come. */
const HELD_BYTES = 8 * 1024;

let server: Server;
let client: Client;
let session: ClientHttp2Session;
let log: Record<string, unknown>[];
let counted: { method: string; status: string }[];
let limits: string[];
/** What `ping` does. */
let ping: () => Promise<void>;

/** @param limitMs of the supervisor */
async function start(limitMs: number): Promise<void> {
  [log, counted, limits, ping] = [[], [], [], async () => undefined];
  const logger = createLogger('debug', { destination: { write: (line) => void log.push(JSON.parse(line)) } });
  const metrics = {
    grpcRequests: { observe: (labels: (typeof counted)[number]) => void counted.push(labels) },
  };
  const { interceptor } = new CallSupervisor({
    telemetry: { logger, metrics, tracer: NO_TRACER, onLimit: (limit) => void limits.push(limit) },
    limitMs,
    connections: { use: () => ({ arrived: () => undefined, over: () => undefined }) },
    enrolment: { legacyDevicesPlainHttp: true },
    unfinished: { most: 10 * HELD_BYTES, mostPerAddress: 2 * HELD_BYTES },
  });
  server = new Server({ interceptors: [interceptor], 'grpc.max_receive_message_length': 1024 });
  server.register(
    PING,
    (_call: unknown, done: (error: null, answer: provisioning.PingResponse) => void) => {
      void ping().then(() => done(null, { code: 'success', message: '' }));
    },
    provisioning.ProvisioningServiceService.ping.responseSerialize,
    provisioning.ProvisioningServiceService.provisionByCode.requestDeserialize,
    'unary',
  );
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    );
  });
  client = new Client(`127.0.0.1:${port}`, credentials.createInsecure());
  session = http2Connect(`http://127.0.0.1:${port}`);
}
function stop(): void {
  client.close();
  session.destroy();
  server.forceShutdown();
}
beforeEach(() => start(LIMIT_MS));
afterEach(stop);

const same = (bytes: Buffer) => bytes;
interface Answered {
  readonly initial: Metadata;
  readonly trailers: Metadata;
}
function send(bytes: Buffer, metadata = new Metadata(), deadline?: number): Promise<Answered> {
  let initial = new Metadata();
  return new Promise((resolve, reject) => {
    const options = deadline === undefined ? {} : { deadline };
    const call = client.makeUnaryRequest(PING, same, same, bytes, metadata, options, (error) => {
      if (error) reject(error);
    });
    call.on('metadata', (given: Metadata) => (initial = given));
    call.on('status', ({ metadata: trailers, code }) => {
      if (code === status.OK) resolve({ initial, trailers });
    });
  });
}
const open = (headers: Record<string, string> = {}): ClientHttp2Stream =>
  session.request({
    ':method': 'POST',
    ':path': PING,
    'content-type': 'application/grpc',
    te: 'trailers',
    ...headers,
  });
const statusOf = async (stream: ClientHttp2Stream): Promise<number> => {
  const [headers] = (await once(stream, 'response')) as [Record<string, string>];
  return Number(headers['grpc-status']);
};

describe('a call', () => {
  it('has the id that its caller gave, in its answer, its logs and its code', async () => {
    let seen: string | undefined;
    ping = async () => void (seen = requestContext.getStore()?.requestId);
    const metadata = new Metadata();
    metadata.set('x-request-id', 'r-1');
    const { initial } = await send(Buffer.alloc(0), metadata);
    expect([seen, initial.get('x-request-id')]).toEqual(['r-1', ['r-1']]);
    expect(log).toMatchObject([
      { method: PING.slice(1), status: 'OK', ms: expect.any(Number), request_id: 'r-1' },
    ]);
    expect(counted).toEqual([{ method: PING.slice(1), status: 'OK' }]);
  });

  it('has an id of ours where its own could confuse a log', async () => {
    const metadata = new Metadata();
    metadata.set('x-request-id', 'a b"c');
    const { initial } = await send(Buffer.alloc(0), metadata);
    expect(initial.get('x-request-id')).toEqual([expect.stringMatching(/^[0-9a-f-]{36}$/)]);
  });

  it('has it in the trailers of a refusal too, with which the caller asks its operator', async () => {
    const metadata = new Metadata();
    metadata.set('x-request-id', 'r-2');
    const error = await send(Buffer.from([0xff]), metadata).catch((it: unknown) => it);
    expect((error as ServiceError).metadata.get('x-request-id')).toEqual(['r-2']);
  });

  it('without a deadline is given one', async () => {
    ping = () => new Promise(() => undefined);
    expect(await refusal(send(Buffer.alloc(0)))).toMatchObject({ status: 'DEADLINE_EXCEEDED' });
    expect(counted).toEqual([{ method: PING.slice(1), status: 'DEADLINE_EXCEEDED' }]);
  });

  it('may take as long as its own deadline says', async () => {
    ping = () => new Promise((resolve) => setTimeout(resolve, 2 * LIMIT_MS));
    await expect(send(Buffer.alloc(0), new Metadata(), Date.now() + 600_000)).resolves.toBeDefined();
  });

  it('whose request never comes is ended, whatever its deadline', async () => {
    expect(await statusOf(open({ 'grpc-timeout': '1H' }))).toBe(status.DEADLINE_EXCEEDED);
  });

  it('whose end never comes is ended too, and so is its stream', async () => {
    const stream = open({ 'grpc-timeout': '1H' });
    stream.write(Buffer.alloc(5));
    expect(await statusOf(stream.resume())).toBe(status.DEADLINE_EXCEEDED);
    await once(stream, 'close');
    expect(stream.rstCode).toBe(constants.NGHTTP2_NO_ERROR);
  });

  it('that its caller gives up is counted as cancelled', async () => {
    stop();
    await start(3_600_000);
    const arrived = new Promise<void>((resolve) => {
      ping = () => (resolve(), new Promise(() => undefined));
    });
    const call = client.makeUnaryRequest(PING, same, same, Buffer.alloc(0), () => undefined);
    await arrived;
    call.cancel();
    while (counted.length === 0) await new Promise((resolve) => setTimeout(resolve, 10));
    expect(counted).toEqual([{ method: PING.slice(1), status: 'CANCELLED' }]);
  });
});

describe('requests that do not arrive in full', () => {
  // Longer than any of them takes.
  beforeEach(() => (stop(), start(3_600_000)));
  /** A message of a kilobyte, of which nothing has come. */
  const stall = () => {
    const stream = open().on('error', () => undefined);
    stream.write(Buffer.from([0, 0, 0, 4, 0]));
    return { stream, answered: statusOf(stream) };
  };

  it('are refused, oldest first, when an address has too many', async () => {
    const [oldest] = [stall(), stall(), stall()];
    expect(await oldest.answered).toBe(status.RESOURCE_EXHAUSTED);
    await expect(send(Buffer.alloc(0))).resolves.toBeDefined();
    expect(new Set(limits)).toEqual(new Set(['unfinished_address']));
  });

  it('are refused when they come in pieces that hold more than they say', async () => {
    const { stream, answered } = stall();
    for (let at = 0; at < 100 && !stream.closed; at++) {
      stream.write(Buffer.from([0]));
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(await answered).toBe(status.RESOURCE_EXHAUSTED);
    expect(limits).toEqual(['unfinished_address']);
  });
});

describe('a request that cannot be read', () => {
  it.each([
    ['bytes that are no message', Buffer.from([0x0a, 0xff])],
    ['a group that does not end', Buffer.from([0x0b])],
  ])('(%s) is the fault of who sent it', async (_, bytes) => {
    expect(await refusal(send(bytes))).toMatchObject({
      status: 'INVALID_ARGUMENT',
      reason: 'malformed_request',
    });
    expect(counted).toEqual([{ method: PING.slice(1), status: 'INVALID_ARGUMENT' }]);
  });

  it('because it is not compressed as it says is that too', async () => {
    const stream = open({ 'grpc-encoding': 'gzip' });
    stream.end(Buffer.from([1, 0, 0, 0, 3, 1, 2, 3]));
    expect(await statusOf(stream)).toBe(status.INVALID_ARGUMENT);
  });

  it('because it grows beyond what a message may have is refused before it has grown', async () => {
    const bomb = gzipSync(Buffer.alloc(64 * 1024 * 1024));
    const [head, rest] = [Buffer.from([1, 0, 0, 0, 0]), bomb.subarray(0, 1_000)];
    head.writeUInt32BE(rest.length, 1);
    const stream = open({ 'grpc-encoding': 'gzip' });
    const answered = statusOf(stream);
    const before = process.memoryUsage.rss();
    stream.end(Buffer.concat([head, rest]));
    expect([status.RESOURCE_EXHAUSTED, status.INVALID_ARGUMENT]).toContain(await answered);
    expect(process.memoryUsage.rss() - before).toBeLessThan(32 * 1024 * 1024);
  });

  it('because groups are nested without end is that too', async () => {
    expect(await refusal(send(Buffer.alloc(1_000, 0x0b)))).toMatchObject({
      status: 'INVALID_ARGUMENT',
      reason: 'malformed_request',
    });
  });

  it('because its deadline is nonsense is that too', async () => {
    expect(await statusOf(open({ 'grpc-timeout': 'soon' }))).toBe(status.INVALID_ARGUMENT);
  });

  it('because it is too large is refused as such', async () => {
    expect(await refusal(send(Buffer.alloc(2_000)))).toMatchObject({ status: 'RESOURCE_EXHAUSTED' });
  });
});
