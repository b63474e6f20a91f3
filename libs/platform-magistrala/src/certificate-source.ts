import type { PlatformSession } from '@org/provisioning';
import type { CallOf } from './call.js';

type CertificateMethods = Pick<
  PlatformSession,
  'issueCertificate' | 'certificatesOf' | 'unlistedCertificatesOf' | 'revokeCertificate' | 'issuerChain'
>;

/** Where certificates come from, for one session. */
export type CertificateSource = (callOf: CallOf) => CertificateMethods;
