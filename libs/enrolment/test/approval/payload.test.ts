import { describe, expect, it } from '@jest/globals';
import { Secret, isProvisionError } from '@org/domain';
import { APPROVAL, type ApprovalRequest, type ApprovalResult } from '../../src/approval/payload.js';

const order: ApprovalRequest = {
  step: 'order',
  name: 'press 7',
  externalId: '01:6:7',
  externalKey: 'hush',
  layout: 'press',
  idempotencyKey: 'enrolment 1',
  token: 'a token',
};
const result: ApprovalResult = {
  step: 'made',
  machineId: 'm-1',
  name: 'press 7',
  gateway: {
    runId: 'r-1',
    externalId: '01:6:7',
    clientIds: ['m-1'],
    channelIds: [],
    configurationId: undefined,
  },
  bootstrap: { externalId: '01:6:7', externalKey: 'hush' },
};
const stored = (content: unknown): Secret => new Secret(JSON.stringify(content));

describe('what an approval leaves for later', () => {
  it.each([order, result, { step: 'made', machineId: 'm-2', name: 'alone' } as const])(
    'is read as it was written',
    (content) => expect(APPROVAL.read(APPROVAL.write(content))).toEqual(content),
  );

  it('is read without what a newer process may have added', () =>
    expect(APPROVAL.read(stored({ ...order, priority: 3 }))).toEqual(order));

  it.each([
    ['a field that is missing', stored({ ...result, machineId: undefined }), 'machineId'],
    ['a field of another type', stored({ ...order, token: 7 }), 'token'],
    [
      'a list of something else',
      stored({ ...result, gateway: { ...result.gateway, clientIds: [1] } }),
      'gateway.clientIds',
    ],
    ['a list in place of an object', stored({ ...result, bootstrap: [] }), 'bootstrap'],
    ['another value', stored(['hush']), 'all of it'],
    ['no JSON', new Secret('{"externalKey":"hush'), 'all of it'],
  ])('is refused with %s, which the error names without its content', (_, text, field) => {
    const error = thrownBy(() => APPROVAL.read(text));
    expect(error).toMatchObject({
      kind: 'internal',
      code: 'enrolment_unreadable',
      message: expect.stringContaining(`(${field})`),
    });
    expect(JSON.stringify(error) + String(isProvisionError(error) && error.cause)).not.toContain('hush');
  });
});

function thrownBy(work: () => unknown): unknown {
  try {
    work();
  } catch (error) {
    return error;
  }
  throw new Error('nothing was thrown');
}
