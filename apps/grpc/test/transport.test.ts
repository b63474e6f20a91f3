import { afterEach, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { connect as http2Connect } from 'node:http2';
import {
  type Client,
  type ClientReadableStream,
  type ServiceError,
  type ServiceDefinition,
  credentials as grpcCredentials,
  makeClientConstructor,
  status,
} from '@grpc/grpc-js';
import { enrolmentV1 } from '@org/proto';
import { service as healthService } from 'grpc-health-check';
import { type RunningApp, replacing, startApp } from './support/app.js';
import { Opened, ask, begin, refusal, refusalOf } from './support/device.js';
import { reflect } from './support/reflection.js';

const opened = new Opened();
let app: RunningApp;
const clients: Client[] = [];
afterEach(async () => {
  opened.close();
  for (const client of clients.splice(0)) client.close();
  await app.close();
});

type HealthClient = Client & {
  check(
    request: { service: string },
    done: (error: ServiceError | null, answer: { status: string }) => void,
  ): void;
  watch(request: { service: string }): ClientReadableStream<{ status: string }>;
};
const credentials = () => grpcCredentials.createSsl(Buffer.from(app.root));
function healthClient(): HealthClient {
  const HealthService = makeClientConstructor(healthService as ServiceDefinition, 'Health');
  const client = new HealthService(app.address, credentials()) as unknown as HealthClient;
  clients.push(client);
  return client;
}

describe('the gRPC app', () => {
  it('tells its health, over all and of each service', async () => {
    app = await startApp();
    const client = healthClient();
    for (const service of ['', 'provisioning.ProvisioningService', 'provision.v1.EnrolmentService'])
      expect(await ask((done) => client.check({ service }, done))).toEqual({ status: 'SERVING' });
    expect(await refusal(ask((done) => client.check({ service: 'other' }, done)))).toMatchObject({
      status: 'NOT_FOUND',
    });
  });

  it('tells nothing by reflection where that is switched off', async () => {
    app = await startApp({ MG_PROVISION_GRPC_REFLECTION: 'off' });
    await expect(reflect(app, 'v1', [{ listServices: '' }])).rejects.toMatchObject({
      code: status.UNIMPLEMENTED,
    });
    expect(await ask((done) => healthClient().check({ service: '' }, done))).toEqual({ status: 'SERVING' });
  });

  it('limits what one connection may do at a time, and the size of a message', async () => {
    app = await startApp({ MG_PROVISION_GRPC_MAX_MESSAGE: '4096' });
    const session = http2Connect(`https://${app.address}`, { rejectUnauthorized: false });
    const [settings] = (await once(session, 'remoteSettings')) as [{ maxConcurrentStreams: number }];
    session.destroy();
    expect(settings.maxConcurrentStreams).toBe(100);
    const { enrolment } = opened.connect(app);
    const large = ask((done) => enrolment.begin({ csr: Buffer.alloc(5_000), device: undefined }, done));
    expect(await refusal(large)).toMatchObject({ status: 'RESOURCE_EXHAUSTED' });
  });

  it('limits the streams of health and reflection, which no one else ends', async () => {
    app = await startApp();
    const client = healthClient();
    const watch = async () => {
      const stream = client.watch({ service: '' }).on('error', () => undefined);
      return { stream, came: await once(stream, 'data').catch(refusalOf) };
    };
    const first = await watch();
    for (let each = 1; each < 50; each++) expect((await watch()).came).toEqual([{ status: 'SERVING' }]);
    expect((await watch()).came).toMatchObject({
      status: 'RESOURCE_EXHAUSTED',
      reason: 'too_many_streams',
      retryAfter: 30,
    });
    await expect(reflect(app, 'v1', [{ listServices: '' }])).rejects.toMatchObject({
      code: status.RESOURCE_EXHAUSTED,
    });
    expect(await ask((done) => client.check({ service: '' }, done))).toEqual({ status: 'SERVING' });
    first.stream.cancel();
    while (!app.log.some((line) => line.includes('Watch') && line.includes('CANCELLED')))
      await new Promise((resolve) => setTimeout(resolve, 20));
    expect((await watch()).came).toEqual([{ status: 'SERVING' }]);
  });

  it('stops: says so first, lets calls end, ends streams, and takes nothing new', async () => {
    let arrived: () => void;
    let release: () => void;
    const arrival = new Promise<void>((resolve) => (arrived = resolve));
    const gate = new Promise<void>((resolve) => (release = resolve));
    app = await startApp({ MG_PROVISION_DRAIN_TIMEOUT: '20s' }, ({ enrolments }) => ({
      enrolments: replacing(enrolments!, {
        async poll(credentials) {
          arrived();
          await gate;
          return enrolments!.poll(credentials);
        },
      }),
    }));
    const device = opened.connect(app);
    const { begun } = await begin(device);
    const { pollingSecret } = begun;
    const waiting = device.enrolment.await({ pollingSecret });
    await once(waiting, 'data');
    const watched = healthClient().watch({ service: '' });
    await once(watched, 'data');
    const polled = ask<enrolmentV1.PollResponse>((done) => device.enrolment.poll({ pollingSecret }, done));
    await arrival;

    const healthTold = once(watched, 'data');
    const watchEnded = once(watched, 'error');
    const waitEnded = once(waiting, 'error');
    const stopped = app.stop();
    expect(await healthTold).toEqual([{ status: 'NOT_SERVING' }]);
    expect(refusalOf((await waitEnded)[0] as ServiceError)).toMatchObject({
      status: 'UNAVAILABLE',
      reason: 'stopping',
      retryAfter: 1,
    });
    await watchEnded;
    const late = opened.connect(app);
    expect(await refusal(ask((done) => late.provisioning.ping({}, done)))).toMatchObject({
      status: 'UNAVAILABLE',
    });
    release!();
    expect(await polled).toMatchObject({ state: enrolmentV1.EnrolmentState.ENROLMENT_STATE_PENDING });
    await stopped;
  });

  it('stops also when a call does not end', async () => {
    let arrived: () => void;
    const arrival = new Promise<void>((resolve) => (arrived = resolve));
    app = await startApp({ MG_PROVISION_DRAIN_TIMEOUT: '50ms' }, ({ enrolments }) => ({
      enrolments: replacing(enrolments!, {
        poll: () => (arrived(), new Promise<never>(() => undefined)),
      }),
    }));
    const { enrolment } = opened.connect(app);
    const cut = refusal(ask((done) => enrolment.poll({ pollingSecret: 'x' }, done)));
    await arrival;
    await app.stop();
    expect(['UNAVAILABLE', 'CANCELLED']).toContain((await cut).status);
  });
});
