import { Client, Metadata, credentials } from '@grpc/grpc-js';
import { expect, it } from '@jest/globals';
import { provisioning } from '@org/proto';
import { startOtlpCollector } from '@org/test-support';
import { startApp } from '../support/app.js';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const PARENT = '00f067aa0ba902b7';

it("a call continues its caller's trace", async () => {
  const collector = await startOtlpCollector();
  const app = await startApp({ MG_JAEGER_URL: collector.url });
  const client = new Client(app.address, credentials.createSsl(Buffer.from(app.root)));
  const metadata = new Metadata();
  metadata.set('traceparent', `00-${TRACE}-${PARENT}-01`);
  const { path, requestSerialize, responseDeserialize } = provisioning.ProvisioningServiceService.ping;
  await new Promise<void>((resolve, reject) => {
    client.makeUnaryRequest(path, requestSerialize, responseDeserialize, {}, metadata, (error) =>
      error ? reject(error) : resolve(),
    );
  });
  client.close();
  await app.close();
  await collector.close();
  expect(collector.spans()).toMatchObject([
    {
      name: 'provisioning.ProvisioningService/ping',
      traceId: TRACE,
      parentSpanId: PARENT,
      attributes: { 'rpc.grpc.status_code': 0 },
      failed: false,
    },
  ]);
});
