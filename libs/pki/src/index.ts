export { type Authority, type IssuingAuthority, issuerIdOf } from './authority/authority.js';
export { chainBehind } from './authority/chain-behind.js';
export {
  type AuthorityTerms,
  type NewAuthority,
  certifyAuthorityKey,
  createIssuingAuthority,
  createRoot,
  crossSign,
} from './authority/create.js';
export { type LoadOptions, loadAuthority, loadRoot } from './authority/load.js';
export {
  type AuthorityChain,
  type ServedCertificates,
  type TrustAnchors,
  formatTrustAnchors,
  parseTrustAnchors,
  servedCertificates,
  servedPem,
  succeed,
  trustAnchors,
} from './authority/trust-anchors.js';
export { certsOnly } from './cms/certs-only.js';
export { CertificateMaker, type PrepareOptions } from './issuing/certificate-maker.js';
export { type IssueOptions, type IssuedCertificate, Issuer, type IssuerOptions } from './issuing/issuer.js';
export { auditStore } from './log/audit.js';
export {
  EMPTY_LOG,
  type LogEntry,
  type LogEvent,
  type LogHead,
  type LogKind,
  type LogVerdict,
  appendToLog,
  verifyLog,
} from './log/issuance-log.js';
export { type SignedHead, formatHead, headFault, headsIn, parseHead, signHead } from './log/signed-head.js';
export { createOcspDelegate, type OcspDelegateOptions } from './ocsp/delegate.js';
export { MAX_OCSP_REQUEST_BYTES, ocspRequestFromPath } from './ocsp/request.js';
export {
  type OcspAnswer,
  OcspResponder,
  type OcspResponderOptions,
  type OcspSource,
  answeringItself,
} from './ocsp/responder.js';
export type { OcspSigner, OcspStatus } from './ocsp/response.js';
export {
  type AskableNames,
  DeviceProfile,
  type DeviceProfileOptions,
  type FixedNames,
  type NameTemplates,
} from './profile/device-profile.js';
export type { Grantee, SubjectRule } from './profile/grant.js';
export { type CrlOptions, encodeRevoked, signCrl } from './revocation/crl.js';
export { CrlPublisher, type CrlPublisherOptions } from './revocation/crl-publisher.js';
export { REVOCATION_REASONS, parseRevocationReason } from './revocation/reasons.js';
export type {
  CertificatePage,
  CertificateQuery,
  CertificateRecord,
  CertificateState,
  CertificateStore,
  CrlFacts,
  IssuanceIntent,
  Revocation,
  RevokedEntry,
  RevokedPage,
  RevokedQuery,
  SignedCertificate,
  StoredCrl,
} from './store/certificate-store.js';
export { logEvent } from './store/events.js';
export { MemoryCertificateStore } from './store/memory-store.js';
