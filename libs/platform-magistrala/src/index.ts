export { AdaptiveLimit } from './adaptive-limit.js';
export type { CertificateSource } from './certificate-source.js';
export { magistralaCertificates } from './certificates.js';
export { mayNot } from './may-not.js';
export { magistralaPlatform } from './platform.js';
export type { RenewableTokenSource } from './refused-token.js';
