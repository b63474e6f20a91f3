import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { execFileSync, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { type Server, createServer } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type ProvisionClient, createProvisionClient, isProvisionApiError } from '../src/index.js';

interface Seen {
  readonly url: string;
  readonly headers: Record<string, unknown>;
}
interface Answer {
  readonly status: number;
  /** An object as JSON, a text as it is. */
  readonly body: object | string;
  readonly headers?: Record<string, string>;
}
let server: Server;
let baseUrl: string;
const seen: Seen[] = [];
/** Answers in turn; the last one for ever. `undefined` drops the connection. */
let answers: (Answer | 'silence' | undefined)[] = [];

beforeAll(async () => {
  server = createServer((request, response) => {
    seen.push({ url: request.url!, headers: request.headers });
    request.resume();
    request.on('end', () => {
      const answer = answers.length > 1 ? answers.shift() : answers[0];
      if (answer === 'silence') return;
      if (!answer) return void request.socket.destroy();
      response.writeHead(answer.status, { 'content-type': 'application/json', ...answer.headers });
      response.end(typeof answer.body === 'string' ? answer.body : JSON.stringify(answer.body));
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

const MADE = {
  status: 201,
  body: { clients: [{ id: 'c', name: 'n', key: 's', metadata: {} }], channels: [] },
};
const BUSY = {
  status: 409,
  body: { message: 'busy', code: 'idempotency_key_in_progress' },
  headers: { 'retry-after': '0' },
};
const GATEWAY = { domainId: 'plant', name: 'n', externalId: 'AA:BB', externalKey: 'k' };

async function provision(idempotencyKey?: string) {
  seen.length = 0;
  const client = createProvisionClient({ baseUrl, token: 't0ken', timeoutMs: 60_000 });
  try {
    return await client.provision(GATEWAY, idempotencyKey === undefined ? {} : { idempotencyKey });
  } finally {
    await client.close();
  }
}

describe('provision', () => {
  it('names each request, so that a lost response can be asked for again', async () => {
    answers = [undefined, MADE];
    await provision();
    const keys = seen.map(({ headers }) => headers['idempotency-key']);
    expect(keys).toHaveLength(2);
    expect(keys[0]).toBe(keys[1]);
    expect(seen[0]!.headers['authorization']).toBe('Bearer t0ken');
    answers = [MADE];
    await provision('order-7');
    expect(seen[0]!.headers['idempotency-key']).toBe('order-7');
  });

  it('waits for its own first try', async () => {
    answers = [BUSY, BUSY, MADE];
    expect((await provision()).clients[0]!.id).toBe('c');
    expect(seen).toHaveLength(3);
  });

  it('gives errors that can be switched on, without a secret', async () => {
    const leftovers = [{ type: 'client', id: 'c-1', reason: 'not allowed' }];
    answers = [
      {
        status: 503,
        body: { message: 'later', code: 'connections_failed', step: 'connections', leftovers },
        headers: { 'retry-after': '5' },
      },
    ];
    const error: unknown = await provision().catch((it: unknown) => it);
    if (!isProvisionApiError(error)) throw error;
    expect(error).toMatchObject({
      kind: 'unavailable',
      code: 'connections_failed',
      step: 'connections',
      leftovers,
      retryAfterMs: 5_000,
    });
    expect(error.message).toBe('later');
    expect(JSON.stringify(error)).not.toContain('t0ken');
  });

  it('says so when something else than Provision answers', async () => {
    answers = [{ status: 404, body: {} }];
    await expect(provision()).rejects.toMatchObject({ name: 'ProvisionApiError', kind: 'not_found' });
  });
});

describe('a 503', () => {
  const STOPPING = {
    status: 503,
    body: { message: 'the service is stopping', code: 'stopping' },
    headers: { 'retry-after': '0' },
  };
  const failure = () => provision().catch((error: unknown) => error);

  it('of the service itself means that nothing was left behind', async () => {
    answers = [STOPPING];
    expect(await failure()).toMatchObject({ kind: 'unavailable', code: 'stopping' });
    expect(seen.length).toBeGreaterThan(1);
  });

  it.each<[string, Answer['body']]>([
    ['a text', 'upstream connect error or disconnect/reset before headers'],
    ['JSON of its own', { code: 503, message: 'no healthy upstream' }],
  ])('of a proxy, %s, says nothing of what the service did', async (_, body) => {
    answers = [{ status: 503, body }];
    const error = await failure();
    expect(error).toMatchObject({ name: 'ProvisionApiError', kind: 'ambiguous', code: 'server_error' });
  });

  it.each<[string, Answer | undefined]>([
    ['was cut off', undefined],
    ['was lost by a proxy', { status: 502, body: 'bad gateway' }],
    ['is still at work', BUSY],
  ])('says nothing of an earlier try that %s', async (_, earlier) => {
    answers = [earlier, STOPPING];
    expect(await failure()).toMatchObject({ kind: 'ambiguous', code: 'stopping' });
  });

  it.each(['database_unavailable', 'outcome_unknown'])(
    'says nothing when the service itself does not know (%s)',
    async (code) => {
      answers = [{ status: 503, body: { message: 'later', code } }];
      expect(await failure()).toMatchObject({ kind: 'ambiguous', code });
    },
  );
});

describe('a call without an answer', () => {
  const failureOf = async (work: (client: ProvisionClient) => Promise<unknown>, more: object = {}) => {
    const client = createProvisionClient({ baseUrl, token: 't0ken', timeoutMs: 60_000, ...more });
    try {
      return await work(client).catch((error: unknown) => error);
    } finally {
      void client.close();
    }
  };
  const calls: [string, (client: ProvisionClient, signal?: AbortSignal) => Promise<unknown>][] = [
    ['provision', (client, signal) => client.provision(GATEWAY, { signal })],
    ['mapping', (client, signal) => client.mapping('plant', { signal })],
    ['health', (client, signal) => client.health({ signal })],
  ];

  it.each(calls)('names the address and the reason when there is no connection: %s', async (_, call) => {
    const lost = 'http://127.0.0.1:1';
    expect(await failureOf(call, { baseUrl: lost })).toMatchObject({
      code: 'connect_failed',
      message: expect.stringMatching(/^no connection to http:\/\/127\.0\.0\.1:1: .*(ECONNREFUSED|refused)/),
      requestId: undefined,
    });
  });

  it.each(calls)('tells its own time limit from an abort of the caller: %s', async (_, call) => {
    answers = ['silence'];
    expect(await failureOf(call, { timeoutMs: 300 })).toMatchObject({ code: 'timeout' });
    const leaving = new AbortController();
    const left = failureOf((client) => call(client, leaving.signal), { timeoutMs: 60_000 });
    setTimeout(() => leaving.abort(), 50);
    expect(await left).toMatchObject({ code: 'aborted' });
    const signal = AbortSignal.abort(new DOMException('away', 'TimeoutError'));
    expect(await failureOf((client) => call(client, signal))).toMatchObject({ code: 'aborted' });
  });

  it('has no request id, which an answer has', async () => {
    answers = [{ status: 403, body: { message: 'no', code: 'not_a_member', request_id: 'r-7' } }];
    expect(await failureOf((client) => client.mapping('plant'))).toMatchObject({ requestId: 'r-7' });
    answers = [{ status: 403, body: { message: 'a proxy says no', request_id: 'r-8' } }];
    expect(await failureOf((client) => client.mapping('plant'))).toMatchObject({ requestId: undefined });
  });
});

describe('every method', () => {
  const subject = { domainId: 'a/b', id: 'i' };
  const calls: Record<string, (client: ProvisionClient) => Promise<unknown>> = {
    provision: (client) => client.provision({ ...GATEWAY, domainId: 'a/b' }),
    mapping: (client) => client.mapping('a/b'),
    certificate: (client) => client.certificate({ domainId: 'a/b', clientId: 'c' }),
    leftovers: (client) => client.leftovers('a/b'),
    acknowledgeRemnants: (client) => client.acknowledgeRemnants({ domainId: 'plant', runId: 'a/b' }),
    'enrolments.lookUp': ({ enrolments }) => enrolments.lookUp({ domainId: 'a/b', code: 'BCDF-GHJK' }),
    'enrolments.list': ({ enrolments }) => enrolments.list('a/b'),
    'enrolments.get': ({ enrolments }) => enrolments.get(subject),
    'enrolments.approve': ({ enrolments }) => enrolments.approve({ ...subject, name: 'n' }),
    'enrolments.deny': ({ enrolments }) => enrolments.deny(subject),
    'machines.list': ({ machines }) => machines.list('a/b'),
    'machines.get': ({ machines }) => machines.get(subject),
    'machines.revoke': ({ machines }) => machines.revoke(subject),
    'machines.reissue': ({ machines }) => machines.reissue(subject),
  };

  it.each(Object.entries(calls))('rejects an id that no path can address: %s', async (_, call) => {
    const client = createProvisionClient({ baseUrl });
    // Thrown at once, this would end the test here.
    const work = call(client);
    await expect(work).rejects.toMatchObject({
      name: 'ProvisionApiError',
      kind: 'invalid',
      code: 'invalid_path_segment',
    });
    await client.close();
  });

  it('passes on what the token function throws', async () => {
    const signedOut = new Error('signed out');
    const client = createProvisionClient({ baseUrl, token: () => Promise.reject(signedOut) });
    await expect(client.mapping('plant')).rejects.toBe(signedOut);
    await client.close();
  });
});

describe('the package', () => {
  const cwd = fileURLToPath(new URL('..', import.meta.url));

  it.each([
    [
      'import',
      [
        '--input-type=module',
        '-e',
        "import { createProvisionClient as f } from '@org/provision-sdk'; console.log(typeof f)",
      ],
    ],
    ['require', ['-e', "console.log(typeof require('@org/provision-sdk').createProvisionClient)"]],
  ])('can be taken by %s', (_, args) => {
    expect(execFileSync(process.execPath, args, { cwd, encoding: 'utf8', env: {} }).trim()).toBe('function');
  });

  it('brings a README whose example compiles', () => {
    const [, example] = /```ts\n(.*?)```/s.exec(readFileSync(join(cwd, 'README.md'), 'utf8'))!;
    const given = 'declare const domainId: string, externalKey: string, orderId: string;\n';
    mkdirSync(join(cwd, 'out-tsc'), { recursive: true });
    const folder = mkdtempSync(join(cwd, 'out-tsc', 'readme-'));
    try {
      const file = join(folder, 'example.ts');
      writeFileSync(file, `${given}declare function currentToken(): Promise<string>;\n${example}`);
      const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc');
      // As a team would whose settings are old.
      const old = ['--module', 'esnext', '--moduleResolution', 'node10', '--ignoreDeprecations', '6.0'];
      const options = [...old, '--ignoreConfig', '--noEmit', '--strict', '--types', 'node', file];
      const { stdout } = spawnSync(process.execPath, [tsc, ...options], { cwd, encoding: 'utf8', env: {} });
      expect(stdout).toBe('');
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
