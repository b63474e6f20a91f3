import { type Case, plain } from './setting-case.js';

export const TRACING_CASES: Case[] = [
  plain(
    'tracing.url',
    ['MG_JAEGER_URL', 'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT'],
    'http://jaeger:4318/v1/traces',
    (c) => c.tracing.url,
    undefined,
  ),
  plain(
    'tracing.base_url',
    ['OTEL_EXPORTER_OTLP_ENDPOINT'],
    'http://collector:4318',
    (c) => c.tracing.url,
    undefined,
    'http://collector:4318/v1/traces',
  ),
  plain('tracing.ratio', ['MG_JAEGER_TRACE_RATIO'], '0.25', (c) => c.tracing.ratio, 1, 0.25),
];
