import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { type Server, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { createProvisionClient, isProvisionApiError } from '../src/index.js';

interface Seen {
  readonly url: string;
  readonly headers: Record<string, unknown>;
}
let server: Server;
let baseUrl: string;
const seen: Seen[] = [];
/** Answers in turn; the last one for ever. `undefined` drops the connection. */
let answers: ({ status: number; body: object; headers?: Record<string, string> } | undefined)[] = [];

beforeAll(async () => {
  server = createServer((request, response) => {
    seen.push({ url: request.url!, headers: request.headers });
    request.resume();
    request.on('end', () => {
      const answer = answers.length > 1 ? answers.shift() : answers[0];
      if (!answer) return void request.socket.destroy();
      response.writeHead(answer.status, { 'content-type': 'application/json', ...answer.headers });
      response.end(JSON.stringify(answer.body));
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => void server.close());

const MADE = {
  status: 201,
  body: { clients: [{ id: 'c', name: 'n', key: 's', metadata: {} }], channels: [] },
};
const GATEWAY = { domainId: 'plant', name: 'n', externalId: 'AA:BB', externalKey: 'k' };

async function provision(idempotencyKey?: string) {
  seen.length = 0;
  const client = createProvisionClient({ baseUrl, token: 't0ken', timeoutMs: 5_000 });
  try {
    return await client.provision(GATEWAY, idempotencyKey === undefined ? {} : { idempotencyKey });
  } finally {
    await client.close();
  }
}

describe('provision', () => {
  it('names each request, so that a lost answer can be asked for again', async () => {
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
    const busy = {
      status: 409,
      body: { message: 'busy', code: 'idempotency_key_in_progress' },
      headers: { 'retry-after': '0' },
    };
    answers = [busy, busy, MADE];
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

describe('the package', () => {
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
    const cwd = fileURLToPath(new URL('..', import.meta.url));
    expect(execFileSync(process.execPath, args, { cwd, encoding: 'utf8', env: {} }).trim()).toBe('function');
  });
});
