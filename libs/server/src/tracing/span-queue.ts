import type { ReadableSpan, SpanExporter, SpanProcessor } from '@opentelemetry/sdk-trace';

const MOST = 2_048;
const BATCH = 512;
const EVERY_MS = 2_000;

export type SpanResult = 'exported' | 'failed' | 'dropped';

interface SpanQueueOptions {
  readonly exporter: Pick<SpanExporter, 'export' | 'shutdown'>;
  /** Told what became of so many spans. */
  readonly onResult: (result: SpanResult, count: number) => void;
  /** Told why an export failed. */
  readonly onFailure: (error: unknown) => void;
  /** Milliseconds between exports; 2 s by default. */
  readonly everyMs?: number;
  /** Milliseconds that `shutdown` may take. */
  readonly flushMs: number;
}

/**
 * Holds ended spans until they are exported: 2,048 at most, further ones are dropped. One export at a time, every two
 * seconds; what an export fails with is not sent again. So a collector that is away or slow costs some memory and nothing
 * else.
 */
export class SpanQueue implements SpanProcessor {
  readonly #waiting: ReadableSpan[] = [];
  readonly #timer: NodeJS.Timeout;
  #exporting: Promise<void> | undefined;
  /** Of the export under way. */
  #underWay = 0;
  #closed = false;

  constructor(private readonly options: SpanQueueOptions) {
    this.#timer = setInterval(() => void this.forceFlush(), options.everyMs ?? EVERY_MS).unref();
  }

  onStart(): void {
    // Nothing is known yet.
  }

  onEnd(span: ReadableSpan): void {
    // 1: the sampler wants it.
    if ((span.spanContext().traceFlags & 1) === 0) return;
    if (this.#waiting.length >= MOST) this.options.onResult('dropped', 1);
    else this.#waiting.push(span);
  }

  /** Sends what waits, one batch after the other. */
  async forceFlush(): Promise<void> {
    this.#exporting ??= this.#exportAll().finally(() => (this.#exporting = undefined));
    await this.#exporting;
  }

  async shutdown(): Promise<void> {
    clearInterval(this.#timer);
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, this.options.flushMs);
    });
    // What was under way when it was asked for may have left some behind.
    await Promise.race([late, this.forceFlush().then(() => this.forceFlush())]);
    clearTimeout(timer);
    this.#closed = true;
    const left = this.#waiting.splice(0).length + this.#underWay;
    if (left > 0) this.options.onResult('dropped', left);
    // It waits for exports under way, which have a time limit of their own.
    void this.options.exporter.shutdown().catch(() => undefined);
  }

  async #exportAll(): Promise<void> {
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.splice(0, BATCH);
      this.#underWay = batch.length;
      const error = await this.#export(batch);
      // Counted as dropped by then.
      if (this.#closed) return;
      this.#underWay = 0;
      this.options.onResult(error === undefined ? 'exported' : 'failed', batch.length);
      // A collector that is away gets the next ones later.
      if (error !== undefined) return this.options.onFailure(error);
    }
  }

  #export(batch: ReadableSpan[]): Promise<unknown> {
    return new Promise((resolve) => {
      try {
        // 0: success.
        this.options.exporter.export(batch, ({ code, error }) =>
          resolve(code === 0 ? undefined : (error ?? new Error('the collector refused spans'))),
        );
      } catch (error) {
        resolve(error);
      }
    });
  }
}
