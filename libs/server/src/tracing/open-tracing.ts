import type * as OpenTelemetry from '@opentelemetry/api';
import { isProvisionError } from '@org/domain';
import type { Config } from '@org/layout-config';
import { SpanQueue, type SpanResult } from './span-queue.js';
import {
  type ActiveSpan,
  NO_TRACER,
  type SpanAttributes,
  type SpanFacts,
  type Tracer,
  activeSpan,
} from './tracer.js';

/** Milliseconds for one export, and for the last ones when the app stops. */
const EXPORT_MS = 5_000;
const FLUSH_MS = 3_000;

interface TracingOptions {
  readonly tracing: Config['tracing'];
  /** Told apart by it in the tracing system. */
  readonly service: string;
  readonly version: string;
  readonly instanceId: string;
  readonly onResult: (result: SpanResult, count: number) => void;
  readonly onFailure: (error: unknown) => void;
}

/** A tracer that exports by OTLP over HTTP. The OpenTelemetry libraries are loaded only where the configuration wants it. */
export async function openTracing(options: TracingOptions): Promise<Tracer> {
  const { tracing, service, version, instanceId, onResult, onFailure } = options;
  if (tracing.url === undefined) return NO_TRACER;
  const [api, sdk, { OTLPTraceExporter }, { resourceFromAttributes }] = await Promise.all([
    import('@opentelemetry/api'),
    import('@opentelemetry/sdk-trace'),
    import('@opentelemetry/exporter-trace-otlp-http'),
    import('@opentelemetry/resources'),
  ]);
  // Callers choose for what they call; headers for the collector come from OTEL_EXPORTER_OTLP_HEADERS.
  const exporter = new OTLPTraceExporter({ url: tracing.url, timeoutMillis: EXPORT_MS });
  const queue = new SpanQueue({ exporter, onResult, onFailure, flushMs: FLUSH_MS });
  const provider = new sdk.TracerProvider({
    sampler: new sdk.ParentBasedSampler({ root: new sdk.TraceIdRatioBasedSampler(tracing.ratio) }),
    resource: resourceFromAttributes({
      'service.name': service,
      'service.version': version,
      'service.instance.id': instanceId,
    }),
    spanProcessors: [queue],
  });
  return new OtlpTracer(provider.getTracer('provision', version), api, () => queue.shutdown());
}

type Api = typeof OpenTelemetry;

class OtlpTracer implements Tracer {
  readonly isOn = true;

  constructor(
    private readonly tracer: OpenTelemetry.Tracer,
    private readonly api: Api,
    readonly close: () => Promise<void>,
  ) {}

  begin({ name, kind = 'internal', attributes, traceparent, agoMs = 0 }: SpanFacts): ActiveSpan {
    const { SpanKind } = this.api;
    const kinds = { server: SpanKind.SERVER, client: SpanKind.CLIENT, internal: SpanKind.INTERNAL };
    const span = this.tracer.startSpan(
      name,
      {
        kind: kinds[kind],
        attributes: known(attributes),
        ...(agoMs > 0 && { startTime: Date.now() - agoMs }),
      },
      this.#parent(traceparent),
    );
    return new OtlpSpan(span, this.api);
  }

  async within<T>(facts: SpanFacts, work: () => Promise<T>): Promise<T> {
    const span = this.begin(facts);
    try {
      const result = await span.run(work);
      span.end();
      return result;
    } catch (error) {
      span.end({ error });
      throw error;
    }
  }

  #parent(traceparent: string | undefined): OpenTelemetry.Context {
    const { trace, ROOT_CONTEXT } = this.api;
    const active = activeSpan.getStore();
    if (active instanceof OtlpSpan) return trace.setSpan(ROOT_CONTEXT, active.span);
    const remote = parseTraceparent(traceparent);
    return remote ? trace.setSpanContext(ROOT_CONTEXT, { ...remote, isRemote: true }) : ROOT_CONTEXT;
  }
}

class OtlpSpan implements ActiveSpan {
  constructor(
    readonly span: OpenTelemetry.Span,
    private readonly api: Api,
  ) {}

  get traceId(): string {
    return this.span.spanContext().traceId;
  }

  get traceparent(): string {
    const { traceId, spanId, traceFlags } = this.span.spanContext();
    return `00-${traceId}-${spanId}-${(traceFlags & 1).toString(16).padStart(2, '0')}`;
  }

  run<T>(work: () => T): T {
    return activeSpan.run(this, work);
  }

  end({ attributes, error }: Parameters<ActiveSpan['end']>[0] = {}): void {
    this.span.setAttributes(known(attributes));
    if (error !== undefined) {
      this.span.setAttribute('error.type', codeOf(error));
      this.span.setStatus({ code: this.api.SpanStatusCode.ERROR });
    }
    this.span.end();
  }
}

/** Messages of errors may quote what a caller sent. */
function codeOf(error: unknown): string {
  if (isProvisionError(error)) return error.code;
  return typeof error === 'string' ? error : error instanceof Error ? error.name : 'unknown';
}

const known = (attributes: SpanAttributes = {}): Record<string, string | number> =>
  Object.fromEntries(
    Object.entries(attributes).filter((entry): entry is [string, string | number] => entry[1] !== undefined),
  );

/** https://www.w3.org/TR/trace-context/#traceparent-header; later versions may have more behind it. */
const TRACEPARENT =
  /^(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})(?:-.*)?$/;
/** Beyond any that is known. */
const LONGEST = 256;

export function parseTraceparent(text: string | undefined) {
  if (text === undefined || text.length > LONGEST) return undefined;
  const [, traceId, spanId, flags] = TRACEPARENT.exec(text) ?? [];
  if (traceId === undefined || spanId === undefined) return undefined;
  return { traceId, spanId, traceFlags: Number.parseInt(flags!, 16) & 1 };
}
