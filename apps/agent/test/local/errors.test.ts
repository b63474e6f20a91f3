import { afterEach, expect, test } from '@jest/globals';
import { status } from '@grpc/grpc-js';
import { Secret } from '@org/domain';
import { ConnectApp } from './support/connect-app.js';
import { fakeDevice, problem, stepping } from './support/fake-device.js';
import { locals, refused } from './support/locals.js';

const local = locals();

afterEach(async () => {
  await local.close();
  local.defects.length = 0;
});

const { UNKNOWN, INTERNAL, INVALID_ARGUMENT, UNAVAILABLE, UNAUTHENTICATED, NOT_FOUND } = status;

test.each([
  ['no connection', problem('unavailable', 'grpc_unavailable'), UNKNOWN, 'UnknownError', 'setup-failed'],
  [
    'a server that is busy',
    problem('unavailable', 'server_error'),
    UNKNOWN,
    'ParseResponseError',
    'link-machine',
  ],
  ['no answer', problem('ambiguous', 'timeout'), UNKNOWN, 'ParseResponseError', 'link-machine'],
  [
    'a code of before',
    problem('not_found', 'enrolment_not_begun'),
    UNKNOWN,
    'ParseResponseError',
    'link-machine',
  ],
  ['a refusal', problem('forbidden', 'ticket_refused'), UNKNOWN, 'UnknownError', 'setup-failed'],
  [
    'a certificate that is wrong',
    problem('invalid', 'root_not_trusted'),
    UNKNOWN,
    'UnknownError',
    'setup-failed',
  ],
  ['a full disk', problem('unavailable', 'disk_full'), UNKNOWN, 'CertificateWriteError', 'setup-failed'],
  [
    "a key in others' hands",
    problem('invalid', 'key_exposed'),
    INTERNAL,
    'InternalServerError',
    'setup-failed',
  ],
])('an enrolment that ends in %s', async (_, error, code, name, page) => {
  const app = new ConnectApp(await local.at(stepping(() => Promise.reject(error))));
  app.code = 'BCDF-GHJK';
  app.page = 'link-machine';
  const answer = await refused(app.screen.provisionByCode(app.code));
  expect(answer.code).toBe(code);
  expect(answer.details).toContain(`ProvisioningErrorCodes: ${name} - `);
  expect(answer.details).toContain('in words');
  await app.everyTwentySeconds();
  expect(app.page).toBe(page);
  expect(local.defects).toEqual([]);
});

test('a code whose time is over is polled on', async () => {
  const screen = await local.at(stepping(async () => ({ state: 'expired' })));
  expect((await refused(screen.provisionByCode('A1B2C3'))).details).toContain('ParseResponseError');
});

test.each(['', 'no code', 'x'.repeat(100), 'A1B2C3\n'])(
  '%j is no code, and nobody is asked about it',
  async (code) => {
    const screen = await local.at(stepping(() => Promise.reject(new Error('asked'))));
    expect(await refused(screen.provisionByCode(code))).toMatchObject({
      code: INVALID_ARGUMENT,
      details: expect.stringContaining('ProvisioningErrorCodes: BadRequestError'),
    });
  },
);

test.each([
  [problem('unauthenticated', 'unauthenticated'), UNAUTHENTICATED, 'UnauthorizedError', 1002],
  [problem('not_found', 'not_found'), NOT_FOUND, 'NotFoundError', 1003],
  [problem('invalid', 'invalid_request'), INVALID_ARGUMENT, 'BadRequestError', 1004],
  [
    Object.assign(problem('unavailable', 'server_error'), { status: 500 }),
    UNKNOWN,
    'InternalServerError',
    1005,
  ],
  [Object.assign(problem('unavailable', 'server_error'), { status: 503 }), UNKNOWN, 'UnknownError', 1006],
  [problem('unavailable', 'connect_failed'), UNAVAILABLE, 'UnreachableError', 1007],
])('ping: %s', async (error, code, name, number) => {
  const screen = await local.at(fakeDevice({ server: { ping: () => Promise.reject(error) } }));
  expect(await refused(screen.ping())).toMatchObject({
    code,
    details: `ProvisioningErrorCodes: ${name} - in words - ${number}`,
  });
});

test('files that cannot be removed', async () => {
  const error = problem('unavailable', 'disk_read_only');
  const device = fakeDevice({ deprovision: () => Promise.reject(error) });
  const screen = await local.at(device, { token: new Secret('a token') });
  expect(await refused(screen.deprovision())).toMatchObject({
    code: INTERNAL,
    details: 'FsErrorCodes:(code: FileRemoveError, message: in words)',
  });
});

test('of a defect the log is told, and no one else', async () => {
  const screen = await local.at(fakeDevice(), { token: new Secret('a token') });
  for (const call of [
    screen.ping,
    screen.generateCode,
    screen.deprovision,
    () => screen.provisionByCode('A1B2C3'),
  ]) {
    const { details } = await refused(call());
    expect(details).toContain('internal error');
    expect(details).not.toContain('secret detail');
  }
  expect(local.defects).toHaveLength(4);
  expect(JSON.stringify(local.defects)).toContain('secret detail');
});

test('a device that only a new enrolment helps offers one', async () => {
  const identity = { machineId: 'm-1' } as never;
  const expired = fakeDevice({
    report: async () => ({ state: 'expired', enrolling: true, identity }),
    renewal: { status: async () => ({ enrolAgain: true }) },
    enrolment: {
      begin: async () => ({
        code: 'BCDF-GHJK',
        address: undefined,
        keyFingerprint: undefined,
        expiresAt: 0,
        leftMs: 0,
      }),
      step: async () => ({ state: 'provisioned', machineId: 'm-2' }),
    },
  });
  const screen = await local.at(expired);
  expect(await screen.getProvisionStatus()).toBe(false);
  expect(await screen.generateCode()).toBe('BCDF-GHJK');
  expect(await screen.provisionByCode('BCDF-GHJK')).toBe(true);
});
