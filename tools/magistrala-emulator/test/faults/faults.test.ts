import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { Metadata, credentials, type ServiceError, status } from '@grpc/grpc-js';
import { authV1 } from '@org/proto';
import type { FaultRule, Left } from '../../src/index.js';
import { type Started, start } from '../support.js';

let started: Started;
beforeAll(async () => {
  started = await start();
});
afterAll(() => started.emulator.close());
afterEach(() => {
  started.emulator.faults.clear();
  started.emulator.clearCalls();
});

const create = (name = 'c', sent: { signal?: AbortSignal } = {}) =>
  fetch(`${started.emulator.urls.clients}/${started.domain}/clients`, {
    method: 'POST',
    headers: { authorization: `Bearer ${started.token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ name }),
    ...sent,
  });
const add = (rule: FaultRule) => started.emulator.faults.add(rule);
const exists = (name: string) => started.emulator.inventory().clients.some((client) => client.name === name);

describe('what a fault does', () => {
  it('refuses before the work, with 503 unless told otherwise', async () => {
    add({ operation: 'clients.create', action: 'refuse' });
    const refused = await create('refused');
    expect([refused.status, await refused.text()]).toStrictEqual([503, '']);
    add({
      operation: 'create',
      service: 'clients',
      action: 'refuse',
      status: 429,
      body: '{"message":"slow down"}',
    });
    const limited = await create('refused');
    expect([limited.status, await limited.text()]).toStrictEqual([429, '{"message":"slow down"}']);
    expect(exists('refused')).toBe(false);
    expect((await create('refused')).status).toBe(201);
  });

  it('fails after the work, with an empty 500', async () => {
    add({ operation: 'clients.create', action: 'fail_after' });
    const failed = await create('done-and-failed');
    expect([failed.status, await failed.text()]).toStrictEqual([500, '']);
    expect(exists('done-and-failed')).toBe(true);
  });

  it.each([
    ['drop_before', false],
    ['drop_after', true],
  ] as const)('%s cuts the connection', async (action, done) => {
    add({ operation: 'clients.create', action });
    await expect(create(action)).rejects.toThrow('fetch failed');
    expect(exists(action)).toBe(done);
    expect(started.emulator.calls()[0]).toMatchObject({ fault: action, status: null });
  });

  it.each([
    ['hang_before', false],
    ['hang_after', true],
  ] as const)('%s never answers', async (action, done) => {
    const fault = add({ operation: 'clients.create', action });
    const patience = new AbortController();
    const call = create(action, { signal: patience.signal });
    await fault.waitForHit();
    expect(exists(action)).toBe(done);
    patience.abort();
    await expect(call).rejects.toThrow('aborted');
    expect(exists(action)).toBe(done);
  });

  it('late: the work is done later, although the caller has gone', async () => {
    const fault = add({ operation: 'clients.create', action: 'late', delayMs: 30 });
    const patience = new AbortController();
    const call = create('late', { signal: patience.signal });
    await fault.waitForHit();
    patience.abort();
    await expect(call).rejects.toThrow('aborted');
    expect(exists('late')).toBe(false);
    await eventually(() => exists('late'));
  });

  it('delay: Magistrala cancels its work when the caller has gone', async () => {
    const fault = add({
      operation: 'clients.create',
      action: 'delay',
      delayMs: 30,
      times: 2,
      leaves: 'nothing',
    });
    expect((await create('delayed')).status).toBe(201);
    const patience = new AbortController();
    const call = create('given-up', { signal: patience.signal });
    await eventually(() => fault.hits === 2);
    patience.abort();
    await expect(call).rejects.toThrow('aborted');
    expect((await create('after')).status).toBe(201);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(exists('given-up')).toBe(false);
  });

  it.each([
    ['hold_before', false],
    ['hold_after', true],
  ] as const)('%s waits for the release', async (action, doneWhileHeld) => {
    const fault = add({ operation: 'clients.create', action });
    const call = create(action);
    expect((await fault.waitForHit()).operation).toBe('clients.create');
    expect(exists(action)).toBe(doneWhileHeld);
    fault.release();
    expect((await call).status).toBe(201);
    expect(exists(action)).toBe(true);
  });

  it('hold_before: the work is done on release, although the caller has gone', async () => {
    const fault = add({ operation: 'clients.create', action: 'hold_before' });
    const patience = new AbortController();
    const call = create('held', { signal: patience.signal });
    await fault.waitForHit();
    patience.abort();
    await expect(call).rejects.toThrow('aborted');
    fault.release();
    await eventually(() => exists('held'));
  });
});

describe('whom a fault strikes', () => {
  it('strikes the nth matching call since it was added, and so many from there on', async () => {
    await create();
    const fault = add({ service: 'clients', nth: 2, times: 2, action: 'refuse' });
    const statuses = [];
    for (let at = 0; at < 5; at++) statuses.push((await create()).status);
    expect(statuses).toStrictEqual([201, 503, 503, 201, 201]);
    expect(fault.hits).toBe(2);
  });

  it('has no end when told so, until removed', async () => {
    const fault = add({ path: '/clients$', times: null, action: 'refuse' });
    for (let at = 0; at < 3; at++) expect((await create()).status).toBe(503);
    fault.remove();
    expect((await create()).status).toBe(201);
  });

  it('matches on method and path', async () => {
    add({ method: 'get', times: null, action: 'refuse' });
    add({ path: '^/elsewhere', times: null, action: 'refuse', status: 599 });
    expect((await create()).status).toBe(201);
    expect((await started.clients('GET')).status).toBe(503);
  });

  it('goes by chance', async () => {
    add({ service: 'clients', probability: 0, times: null, action: 'refuse' });
    expect((await create()).status).toBe(201);
    add({ service: 'clients', probability: 1, times: null, action: 'refuse' });
    expect((await create()).status).toBe(503);
  });

  it('counts calls that another fault took', async () => {
    add({ operation: 'clients.create', action: 'refuse', status: 501 });
    add({ operation: 'clients.create', nth: 2, action: 'refuse', status: 502 });
    expect([(await create()).status, (await create()).status, (await create()).status]).toStrictEqual([
      501, 502, 201,
    ]);
  });

  it('spares health and metrics', async () => {
    add({ times: null, action: 'refuse' });
    expect((await fetch(`${started.emulator.urls.clients}/health`)).status).toBe(200);
    expect((await fetch(`${started.emulator.urls.clients}/metrics`)).status).toBe(200);
    expect(started.emulator.calls()).toStrictEqual([]);
  });

  it('refuses rules that make no sense', () => {
    expect(() => add({ action: 'nonsense' as FaultRule['action'] })).toThrow('"action" is one of');
    expect(() => add({ action: 'refuse', path: '(' })).toThrow('"path" is a regular expression');
    expect(() => add({ action: 'drop_during', leaves: 'half' as Left })).toThrow('"leaves" is one of');
  });
});

describe('calls', () => {
  it('are recorded in order, with their times, also when they fail', async () => {
    await create();
    await started.clients('GET', '/nothing/of/the/kind');
    const [first, second] = started.emulator.calls();
    expect(first).toMatchObject({
      service: 'clients',
      operation: 'clients.create',
      method: 'POST',
      status: 201,
    });
    expect(second).toMatchObject({ operation: 'clients.unknown', status: 404, seq: first!.seq + 1 });
    expect(first!.endedAt).toBeGreaterThanOrEqual(first!.startedAt);
    expect(Math.abs(first!.startedAt - Date.now())).toBeLessThan(60_000);
  });

  it('take the time that is set', async () => {
    started.emulator.setLatency(40);
    await create();
    started.emulator.setLatency(0);
    const [call] = started.emulator.calls();
    expect(call!.endedAt! - call!.startedAt).toBeGreaterThanOrEqual(39);
  });
});

describe('gRPC', () => {
  const authenticate = async (timeoutMs = 5000) => {
    const client = new authV1.AuthServiceClient(started.emulator.authGrpc, credentials.createInsecure());
    const code = await new Promise<status>((resolve) => {
      const deadline = Date.now() + timeoutMs;
      const done = (error: ServiceError | null) => resolve(error?.code ?? status.OK);
      client.authenticate({ token: started.token }, new Metadata(), { deadline }, done);
    });
    client.close();
    return code;
  };

  it('is recorded', async () => {
    expect(await authenticate()).toBe(status.OK);
    expect(started.emulator.calls()).toMatchObject([
      { service: 'auth', operation: 'auth.authenticate', method: 'GRPC', status: 0 },
    ]);
  });

  it.each([
    ['refuse', status.UNAVAILABLE],
    ['fail_after', status.INTERNAL],
    ['drop_before', status.UNAVAILABLE],
    ['hang_before', status.DEADLINE_EXCEEDED],
  ] as const)('can meet %s', async (action, code) => {
    const fault = add({ operation: 'auth.authenticate', action });
    // Long enough to reach a busy emulator: a call that never arrives would leave the fault for the next one.
    expect(await authenticate(action === 'hang_before' ? 1500 : 5000)).toBe(code);
    await fault.waitForHit();
    expect(await authenticate()).toBe(status.OK);
  });
});

/** Waits for what happens after no answer that one could wait for. */
async function eventually(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 5));
}
