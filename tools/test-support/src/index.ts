export { cpuMs } from './cpu.js';
export { freePort } from './free-port.js';
export { KEY_KINDS, type KeyKind, aKey } from './keys.js';
export * from './mutate.js';
export { type CollectedSpan, type OtlpCollector, startOtlpCollector } from './otlp-collector.js';
export { Openssl } from './openssl.js';
export * from './pkijs-csr.js';
