import * as kinds from '../kinds.js';
import { setting } from './setting.js';

/** Where traces go. */
export const TRACING = {
  tracesUrl: setting({
    key: 'tracing.url',
    env: ['MG_JAEGER_URL', 'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT'],
    kind: kinds.baseUrl,
    doc: 'Collector that gets traces by OTLP over HTTP, such as http://jaeger:4318/v1/traces. No traces when not set.',
  }),
  tracesBaseUrl: setting({
    key: 'tracing.base_url',
    env: ['OTEL_EXPORTER_OTLP_ENDPOINT'],
    kind: kinds.baseUrl,
    doc: 'The same without /v1/traces.',
  }),
  traceRatio: setting({
    key: 'tracing.ratio',
    env: ['MG_JAEGER_TRACE_RATIO'],
    kind: kinds.ratio,
    default: '1.0',
    doc: 'Share of the requests that are traced, from 0 to 1, where the caller has not chosen.',
  }),
};
