import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Secret } from '@org/domain';
import { type OtlpCollector, startOtlpCollector } from '@org/test-support';
import { createOperatorToken } from '../../src/index.js';
import { parseTraceparent } from '../../src/tracing/open-tracing.js';
import { Device } from '../enrolment/device.js';
import { openWorld, startServer } from '../world.js';

const EXTERNAL_KEY = 'an-external-key-7391';
let count = 0;

let collector: OtlpCollector;
beforeEach(async () => void (collector = await startOtlpCollector()));
afterEach(() => collector.close());

describe('with Magistrala', () => {
  let world: Awaited<ReturnType<typeof openWorld>>;
  beforeAll(async () => void (world = await openWorld()));
  afterAll(() => world.close());
  const provision = ({ server }: Awaited<ReturnType<typeof startServer>>) =>
    server.provisioner.provision({
      domainId: world.domain.id,
      request: {
        externalId: `traced-${++count}-ext`,
        externalKey: new Secret(EXTERNAL_KEY),
        name: `traced ${count}`,
      },
      token: world.tokens.owner,
      idempotencyKey: undefined,
    });

  it('traces a run, its steps and its calls as one, and tells no secret', async () => {
    const running = await startServer(world.emulator, { MG_JAEGER_URL: collector.url });
    const result = await provision(running);
    await running.close();
    const spans = collector.spans();
    const [run] = spans.filter(({ name }) => name === 'provisioner provision');
    const step = spans.find(({ name }) => name === 'step clients')!;
    const calls = spans.filter(({ parentSpanId }) => parentSpanId === step.spanId);
    expect(step).toMatchObject({ traceId: run!.traceId, attributes: { domain: world.domain.id } });
    expect(calls).toContainEqual(
      expect.objectContaining({
        traceId: run!.traceId,
        attributes: expect.objectContaining({
          'http.response.status_code': 200,
          'peer.service': 'clients',
        }) as object,
      }),
    );
    const keys = JSON.stringify(result).match(/PRIVATE KEY|[0-9a-f-]{36}/g);
    expect(keys).not.toBeNull();
    for (const secret of [
      EXTERNAL_KEY,
      `traced-${count}-ext`,
      world.tokens.owner.reveal(),
      world.owner.password,
      'PRIVATE KEY',
      ...secretsOf(result),
    ])
      expect(collector.bytes()).not.toContain(secret);
  });

  it('sends nothing anywhere by default', async () => {
    const running = await startServer(world.emulator);
    await provision(running);
    expect(running.server.tracer.isOn).toBe(false);
    await running.close();
    expect(collector.bytes()).toBe('');
  });

  it.each([
    ['that is away', 'http://127.0.0.1:9/v1/traces'],
    ['that takes nothing', undefined],
  ])('goes on with a collector %s, and counts what it could not send', async (_, url) => {
    const silent = await startOtlpCollector({ silent: true });
    const running = await startServer(world.emulator, { MG_JAEGER_URL: url ?? silent.url });
    await provision(running);
    const { metrics } = running.server;
    await running.close();
    await silent.close();
    const text = await metrics.registry.metrics();
    expect(text).toMatch(/^provision_spans_total\{result="(failed|dropped)"\} [1-9]/m);
    expect(text).not.toContain('result="exported"');
  });
});

it('traces enrolment and issuing, and tells neither codes nor tokens', async () => {
  const ana = createOperatorToken('ana');
  const running = await startServer(undefined, {
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.url.replace('/v1/traces', ''),
    MG_PROVISION_OPERATOR_TOKENS: ana.line,
  });
  const { enrolments, callers } = running.server;
  const device = new Device(enrolments!);
  const begun = await device.begin();
  const operator = await callers.operator({ token: ana.token, domainId: 'plant-1' });
  const found = await enrolments!.lookUp({ code: begun.code, operator, address: '192.0.2.1' });
  await enrolments!.approve({ id: found.id, domainId: 'plant-1', operator, request: { name: 'press 7' } });
  await device.redeem(begun);
  const wrong = { code: new Secret('BCDF-GHJK'), operator, address: '192.0.2.1' };
  await expect(enrolments!.lookUp(wrong)).rejects.toThrow();
  await running.close();
  const spans = collector.spans();
  const redeem = spans.find(({ name }) => name === 'enrolment redeem')!;
  expect(spans.find(({ name }) => name === 'certificate issue')).toMatchObject({
    parentSpanId: redeem.spanId,
  });
  expect(spans.filter(({ failed }) => failed)).toMatchObject([
    { name: 'enrolment lookUp', attributes: { 'error.type': 'code_unknown' } },
  ]);
  for (const secret of [begun.code, begun.pollingSecret, ana.token, wrong.code])
    expect(collector.bytes()).not.toContain(secret.reveal());
});

it.each([
  ['00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01', 1],
  ['00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00', 0],
  ['cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more', 1],
])('a caller of %s is continued', (text, traceFlags) => {
  const ids = { traceId: '4bf92f3577b34da6a3ce929d0e0e4736', spanId: '00f067aa0ba902b7' };
  expect(parseTraceparent(text)).toEqual({ ...ids, traceFlags });
});

it.each([
  undefined,
  '',
  '00-00000000000000000000000000000000-00f067aa0ba902b7-01',
  '00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01',
  'ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
  '00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01',
  `00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-${'x'.repeat(1_000)}`,
])('a caller of %j is not', (text) => expect(parseTraceparent(text)).toBeUndefined());

/** Keys that a run gives out. */
const secretsOf = (value: unknown): string[] => {
  if (value instanceof Secret) return [value.reveal()];
  if (value instanceof Map) return [...value.values()].flatMap(secretsOf);
  return value instanceof Object ? Object.values(value).flatMap(secretsOf) : [];
};
