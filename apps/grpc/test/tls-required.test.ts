import { afterEach, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { Metadata, credentials } from '@grpc/grpc-js';
import { enrolmentV1 } from '@org/proto';
import { type RunningApp, startApp } from './support/app.js';
import { ask, csrOf, newKey, refusal, refusalOf } from './support/device.js';

let app: RunningApp;
let client: enrolmentV1.EnrolmentServiceClient;
afterEach(async () => {
  client.close();
  await app.close();
});
const start = async (more: Record<string, string>) => {
  app = await startApp({ MG_PROVISION_GRPC_TLS: 'off', ...more });
  client = new enrolmentV1.EnrolmentServiceClient(app.address, credentials.createInsecure());
};

const through = (scheme: string): Metadata => {
  const metadata = new Metadata();
  metadata.set('x-forwarded-proto', scheme);
  return metadata;
};
const begin = async (metadata: Metadata) => {
  const request = { csr: await csrOf(newKey()), device: undefined };
  return ask<enrolmentV1.BeginResponse>((done) => client.begin(request, metadata, done));
};

describe('gRPC without TLS', () => {
  it('hands no credentials to devices for which a trusted proxy has not ended TLS', async () => {
    await start({ MG_PROVISION_TRUSTED_PROXIES: '127.0.0.1' });
    const refused = { status: 'PERMISSION_DENIED', reason: 'tls_required' };
    const { pollingSecret } = await begin(through('https'));
    const csr = await csrOf(newKey());
    expect(await refusal(begin(through('http')))).toMatchObject(refused);
    expect(await refusal(ask((done) => client.poll({ pollingSecret }, through('http'), done)))).toMatchObject(
      refused,
    );
    expect(
      await refusal(ask((done) => client.redeem({ pollingSecret, csr }, through('http'), done))),
    ).toMatchObject(refused);
    const [error] = await once(client.await({ pollingSecret }, through('http')).resume(), 'error');
    expect(refusalOf(error)).toMatchObject(refused);
    await expect(ask((done) => client.getTrustAnchors({}, through('http'), done))).resolves.toBeDefined();
  });

  it('serves devices on the same machine', async () => {
    await start({});
    expect((await begin(new Metadata())).code).toHaveLength(9);
  });
});
