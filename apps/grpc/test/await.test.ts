import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import type { ClientReadableStream, ServiceError } from '@grpc/grpc-js';
import { Secret } from '@org/domain';
import { enrolmentV1 } from '@org/proto';
import { type RunningApp, replacing, startApp } from './support/app.js';
import { ANN, Opened, approve, begin, refusal, refusalOf } from './support/device.js';

const { EnrolmentState } = enrolmentV1;
const opened = new Opened();
let app: RunningApp;
/** Calls of the store's look, and whether they fail. */
const looks = { count: 0, failing: false };
beforeAll(async () => {
  app = await startApp({}, ({ enrolments }) => ({
    enrolments: replacing(enrolments!, {
      async stateOf(credentials) {
        looks.count += 1;
        if (looks.failing) throw new Error('store lost');
        return enrolments!.stateOf(credentials);
      },
    }),
  }));
});
afterEach(() => opened.close());
afterAll(() => app.close());

type Stream = ClientReadableStream<enrolmentV1.AwaitResponse>;

/** What comes, up to the stream's end. */
async function all(stream: Stream): Promise<enrolmentV1.AwaitResponse[]> {
  const told: enrolmentV1.AwaitResponse[] = [];
  for await (const each of stream) told.push(each as enrolmentV1.AwaitResponse);
  return told;
}
const next = async (stream: Stream) => (await once(stream, 'data'))[0] as enrolmentV1.AwaitResponse;
/** A call that is cancelled gets an error event. */
const cancelled = (stream: Stream) => {
  stream.on('error', () => undefined).cancel();
};

describe('awaiting', () => {
  it('tells the state now, then the approval, and ends', async () => {
    const clients = opened.connect(app);
    const { begun } = await begin(clients);
    const stream = clients.enrolment.await({ pollingSecret: begun.pollingSecret });
    expect(await next(stream)).toEqual({ state: EnrolmentState.ENROLMENT_STATE_PENDING, machineId: '' });
    const { machineId } = await approve(app, begun.code);
    expect(await all(stream)).toEqual([{ state: EnrolmentState.ENROLMENT_STATE_APPROVED, machineId }]);
  });

  it('tells a refusal, and ends', async () => {
    const clients = opened.connect(app);
    const { begun } = await begin(clients);
    const stream = clients.enrolment.await({ pollingSecret: begun.pollingSecret });
    await next(stream);
    const enrolments = app.server.enrolments!;
    const code = new Secret(begun.code);
    const { id } = await enrolments.lookUp({ code, operator: ANN, address: '198.51.100.1' });
    await enrolments.deny({ id, domainId: 'plant', operator: ANN });
    expect(await all(stream)).toEqual([{ state: EnrolmentState.ENROLMENT_STATE_DENIED, machineId: '' }]);
  });

  it('tells who comes late how it ended', async () => {
    const clients = opened.connect(app);
    const { begun } = await begin(clients);
    await approve(app, begun.code);
    const told = await all(clients.enrolment.await({ pollingSecret: begun.pollingSecret }));
    expect(told).toMatchObject([{ state: EnrolmentState.ENROLMENT_STATE_APPROVED }]);
  });

  it('is refused to who has no polling secret', async () => {
    const { enrolment } = opened.connect(app);
    expect(await refusal(all(enrolment.await({ pollingSecret: 'guessed' })))).toMatchObject({
      status: 'NOT_FOUND',
      reason: 'enrolment_unknown',
    });
  });

  it('stops looking when the device leaves', async () => {
    const clients = opened.connect(app);
    const { begun } = await begin(clients);
    const stream = clients.enrolment.await({ pollingSecret: begun.pollingSecret });
    await next(stream);
    cancelled(stream);
    while (!app.log.some((line) => line.includes('/Await') && line.includes('CANCELLED')))
      await new Promise((resolve) => setTimeout(resolve, 20));
    const before = looks.count;
    const other = clients.enrolment.await({ pollingSecret: begun.pollingSecret });
    await next(other);
    const [error] = (await Promise.all([once(other, 'error'), failLooks()]))[0] as [ServiceError];
    expect(refusalOf(error)).toMatchObject({ status: 'INTERNAL', reason: 'internal' });
    // The other stream's first look and the one that failed; none of the stream that was left.
    expect(looks.count - before).toBe(2);
  });

  it('ends when its deadline is over', async () => {
    const clients = opened.connect(app);
    const { begun } = await begin(clients);
    const { pollingSecret } = begun;
    const stream = clients.enrolment.await({ pollingSecret }, { deadline: Date.now() + 200 });
    expect(await refusal(all(stream))).toMatchObject({ status: 'DEADLINE_EXCEEDED' });
  });
});

async function failLooks(): Promise<void> {
  const before = looks.count;
  looks.failing = true;
  while (looks.count === before) await new Promise((resolve) => setTimeout(resolve, 20));
  looks.failing = false;
}
