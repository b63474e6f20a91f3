import { afterEach, expect, test } from '@jest/globals';
import { Client, Metadata, Server, ServerCredentials, credentials, status } from '@grpc/grpc-js';
import { Secret } from '@org/domain';
import { type provisioning } from '@org/proto';
import { Allowance } from '../../src/local/allowance.js';
import { Calls, type Method } from '../../src/local/calls.js';
import { provisioningError } from '../../src/local/wire-error.js';
import { fakeDevice, stepping } from './support/fake-device.js';
import type { Refused } from './support/screen.js';
import { locals, refused } from './support/locals.js';

const local = locals();

afterEach(() => local.close());

const pinging = fakeDevice({ server: { ping: async () => ({}) } });

test('a token opens, and nothing else does', async () => {
  const server = await local.start(pinging, { token: new Secret('a long one') });
  expect((await local.screen(server, 'a long one').ping())[1]).toBe('success');
  for (const token of [undefined, 'a long on', 'a long one2', 'another']) {
    const screen = local.screen(server, token);
    for (const call of [screen.ping, screen.deprovision, screen.getMachineId, screen.getProvisionStatus]) {
      expect(await refused(call())).toMatchObject({ code: status.UNAUTHENTICATED });
    }
  }
});

test('more calls than screens make are refused, for a while', async () => {
  const screen = await local.at(pinging);
  const answers = await Promise.allSettled(Array.from({ length: 100 }, () => screen.ping()));
  const codes = answers.map((each) =>
    each.status === 'rejected' ? (each.reason as { code: number }).code : 0,
  );
  expect(codes.filter((code) => code === 0).length).toBeGreaterThanOrEqual(20);
  expect(new Set(codes)).toEqual(new Set([0, status.RESOURCE_EXHAUSTED]));
});

test('an allowance comes back with time, up to the burst', () => {
  let now = 0;
  const allowance = new Allowance({ burst: 2, perSecond: 5 }, () => now);
  const take = (): boolean => allowance.take();
  expect([take(), take(), take()]).toEqual([true, true, false]);
  now = 200;
  expect([take(), take()]).toEqual([true, false]);
  now = 1e6;
  expect([take(), take(), take()]).toEqual([true, true, false]);
});

test('work for distinct codes is bounded', async () => {
  let release = (): void => undefined;
  const released = new Promise<void>((resolve) => (release = resolve));
  const device = stepping(async () => {
    await released;
    return { state: 'provisioned', machineId: 'm-1' };
  });
  const screen = await local.at(device);
  const codes = Array.from({ length: 9 }, (_, at) => `CODE-A${at}`);
  const answers = codes.map((code) => screen.provisionByCode(code).catch((error: Refused) => error.code));
  expect(await Promise.race(answers)).toBe(status.RESOURCE_EXHAUSTED);
  // Who asks what is being asked already joins in.
  const joined = screen.provisionByCode(codes[0]!);
  release();
  expect(await joined).toBe(true);
  expect((await Promise.all(answers)).filter((end) => end === true)).toHaveLength(8);
});

test('a caller who waits too long is told; the work goes on, for the next one', async () => {
  let finish = (): void => undefined;
  let begun = 0;
  const method: Method<provisioning.Empty, provisioning.PingResponse> = {
    name: 'ping',
    limitMs: 20,
    work: () => {
      begun += 1;
      return new Promise((resolve) => {
        finish = () => resolve({ code: 'success', message: '' });
      });
    },
    wireError: () => provisioningError('UnknownError', { code: 'internal', message: 'x' }),
    late: () => provisioningError('ParseResponseError', { code: 'late', message: 'later' }),
  };
  const calls = new Calls({
    token: undefined,
    isGuarded: false,
    onRefused: () => undefined,
    onDefect: () => undefined,
  });
  const ping = calls.serve(method);
  const ask = (): Promise<provisioning.PingResponse> =>
    new Promise((resolve, reject) => {
      const call = { request: {}, metadata: new Metadata() } as Parameters<typeof ping>[0];
      ping(call, (error, answer) => (error ? reject(error) : resolve(answer as provisioning.PingResponse)));
    });
  expect(await refused(ask())).toMatchObject({
    details: 'ProvisioningErrorCodes: ParseResponseError - later',
  });
  const second = ask();
  finish();
  expect(await second).toMatchObject({ code: 'success' });
  expect(begun).toBe(1);
});

test('what the wire does not have is UNIMPLEMENTED, and long messages are not read', async () => {
  const server = await local.start(pinging);
  const client = new Client(server.address, credentials.createInsecure());
  const call = (path: string, bytes: Buffer): Promise<unknown> =>
    new Promise((resolve, reject) =>
      client.makeUnaryRequest(
        path,
        (each: Buffer) => each,
        (each) => each,
        bytes,
        (error, answer) => (error ? reject(error) : resolve(answer)),
      ),
    );
  try {
    const unknown = call('/provisioning.ProvisioningService/GenerateCode', Buffer.alloc(0));
    expect(await refused(unknown)).toMatchObject({ code: status.UNIMPLEMENTED });
    const long = call('/provisioning.ProvisioningService/ping', Buffer.alloc(5000));
    expect(await refused(long)).toMatchObject({ code: status.RESOURCE_EXHAUSTED });
  } finally {
    client.close();
  }
});

test('closing ends what callers wait for', async () => {
  const device = fakeDevice({
    server: {
      ping: (signal) =>
        new Promise((_, reject) => signal!.addEventListener('abort', () => reject(signal!.reason as Error))),
    },
  });
  const server = await local.start(device);
  const asked = refused(local.screen(server).ping());
  await new Promise((resolve) => setTimeout(resolve, 50));
  await server.close();
  expect((await asked).code).not.toBe(status.OK);
  expect(local.defects).toEqual([]);
  const next = new Server();
  await new Promise<void>((resolve, reject) =>
    next.bindAsync(server.address, ServerCredentials.createInsecure(), (error) =>
      error ? reject(error) : resolve(),
    ),
  );
  next.forceShutdown();
});
