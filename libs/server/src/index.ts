export type { Callers } from './callers/callers.js';
export type { CertificateCall, Certificates } from './certificates/issue.js';
export { type Surroundings, readConfiguration, readPemFiles } from './configuration/read.js';
export type { BuildFacts, Check, Health, Readiness } from './health.js';
export { type Logger, createLogger } from './observability/logger.js';
export type { Metrics } from './observability/metrics.js';
export { type RequestContext, requestContext } from './observability/request-context.js';
export { type Server, type ServerOptions, openServer } from './server.js';
export { VERSION } from './version.js';
