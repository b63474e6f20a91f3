import { generateKeyPairSync } from 'node:crypto';
import { type CertificateRecord, type CertificateStore, servedPem } from '@org/pki';
import type { CertificateSource } from '@org/platform-magistrala';
import { createCsr, exportPrivateKey, keySigner, readCsr } from '@org/x509';
import { type BuiltinAuthority, lifetimeOf } from '../authority/builtin-authority.js';
import { CLIENT_PROFILE } from '../authority/device-profile.js';

/** Certificates from this product's own authority; the machine is the client. */
export function builtinCertificates(authority: BuiltinAuthority): CertificateSource {
  const { issuer, store } = authority;
  return () => ({
    async issueCertificate({ commonName, ttl }) {
      const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
      const request = readCsr(await createCsr(keySigner(privateKey), { subject: { commonName } }));
      const { serial, certificate, pem } = await issuer.issue({
        request,
        machineId: commonName,
        profile: CLIENT_PROFILE,
        lifetimeMs: lifetimeOf(ttl),
      });
      const { intermediates } = authority.chainBehind(certificate);
      return {
        serial,
        certificate: pem + servedPem({ intermediates, roots: [] }),
        key: exportPrivateKey(privateKey).reveal(),
      };
    },
    async certificatesOf(clientId) {
      const records = await allOf(store, clientId);
      return records.map(({ serial, revocation }) => ({ serial, revoked: revocation !== undefined }));
    },
    // The record comes before the signature.
    unlistedCertificatesOf: async () => [],
    async revokeCertificate(serial) {
      await issuer.revoke(serial, 'cessationOfOperation');
    },
    issuerChain: async () => authority.servedPem(),
  });
}

async function allOf(store: CertificateStore, machineId: string): Promise<CertificateRecord[]> {
  const records: CertificateRecord[] = [];
  for (let after: string | undefined; ;) {
    const page = await store.list({ machineId, ...(after !== undefined && { after }) });
    records.push(...page.records);
    if (page.next === undefined) return records;
    after = page.next;
  }
}
