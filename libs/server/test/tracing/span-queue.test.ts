import { expect, it } from '@jest/globals';
import type { ReadableSpan, SpanExporter } from '@opentelemetry/sdk-trace';
import { SpanQueue } from '../../src/tracing/span-queue.js';

const span = (traceFlags = 1) =>
  ({ spanContext: () => ({ traceId: 'a', spanId: 'b', traceFlags }) }) as unknown as ReadableSpan;

function queueOf(send: SpanExporter['export']) {
  const counts: Record<string, number> = {};
  const failures: unknown[] = [];
  const queue = new SpanQueue({
    exporter: { export: send, shutdown: async () => undefined },
    onResult: (result, count) => void (counts[result] = (counts[result] ?? 0) + count),
    onFailure: (error) => void failures.push(error),
    everyMs: 3_600_000,
    flushMs: 50,
  });
  return { queue, counts, failures };
}

it('what waits for a collector that takes nothing is bounded, the rest is dropped and counted', async () => {
  const { queue, counts } = queueOf(() => undefined);
  for (let n = 0; n < 10_000; n++) queue.onEnd(span());
  void queue.forceFlush();
  expect(counts).toEqual({ dropped: 10_000 - 2_048 });
  await queue.shutdown();
  expect(counts).toEqual({ dropped: 10_000 });
});

it('spans are sent in batches, one after the other, and those that are not sampled are left out', async () => {
  const sizes: number[] = [];
  const { queue, counts } = queueOf((batch, done) => {
    sizes.push(batch.length);
    setImmediate(() => done({ code: 0 }));
  });
  for (let n = 0; n < 600; n++) queue.onEnd(span());
  queue.onEnd(span(0));
  await queue.shutdown();
  expect(sizes).toEqual([512, 88]);
  expect(counts).toEqual({ exported: 600 });
});

it('a failed export is told, and the next batch waits for the next time', async () => {
  let sent = 0;
  const { queue, counts, failures } = queueOf((_, done) => {
    sent += 1;
    done({ code: 1, error: new Error('connection refused') });
  });
  for (let n = 0; n < 600; n++) queue.onEnd(span());
  await queue.forceFlush();
  expect([sent, counts, failures]).toEqual([1, { failed: 512 }, [new Error('connection refused')]]);
  await queue.shutdown();
});
