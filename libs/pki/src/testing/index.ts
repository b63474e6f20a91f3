export { type CertificateStoreUnderTest, certificateStoreContract } from './certificate-store-contract.js';
