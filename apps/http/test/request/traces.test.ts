import { expect, it } from '@jest/globals';
import { startOtlpCollector } from '@org/test-support';
import { startApp } from '../app.js';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const PARENT = '00f067aa0ba902b7';

it("a request continues its caller's trace, by its route and not by its address; probes are left out", async () => {
  const collector = await startOtlpCollector();
  const app = await startApp(undefined, {
    MG_PROVISION_CERTS_BACKEND: 'builtin',
    MG_JAEGER_URL: collector.url,
  });
  const headers = {
    traceparent: `00-${TRACE}-${PARENT}-01`,
    'x-request-id': 'r-1',
    authorization: 'Bearer s3cret-token',
  };
  for (const path of ['/health', '/v1/ca?secret=s3cret-query', '/crl/s3cret-path'])
    await (await fetch(app.url + path, { headers })).arrayBuffer();
  await app.close();
  await collector.close();
  const spans = collector.spans().filter(({ parentSpanId }) => parentSpanId === PARENT);
  expect(spans).toMatchObject([
    {
      name: 'GET /v1/ca',
      traceId: TRACE,
      attributes: { 'http.route': '/v1/ca', request_id: 'r-1', 'http.response.status_code': 400 },
      failed: false,
    },
    { name: 'GET /crl/:issuerId', traceId: TRACE, attributes: { 'http.response.status_code': 404 } },
  ]);
  expect(collector.bytes()).not.toContain('s3cret');
  const lines = app.log.map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(lines.find(({ route }) => route === '/v1/ca')).toMatchObject({ request_id: 'r-1', trace_id: TRACE });
});
