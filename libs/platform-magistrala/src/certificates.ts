import { ProvisionError } from '@org/domain';
import type { Certs } from '@org/magistrala-sdk';
import { withIssuers } from './with-issuers.js';
import type { CertificateSource } from './certificate-source.js';
import { UnlistedCertificates } from './unlisted-certificates.js';

/** Certificates from Magistrala's certs service. */
export function magistralaCertificates(certs: Certs): CertificateSource {
  const chain = shared(async () => (await certs.viewCa()).certificate);
  const unlisted = new UnlistedCertificates(certs);
  return (callOf) => ({
    async issueCertificate({ clientId, commonName, ttl }, signal) {
      const order = { entityId: clientId, ttl, subject: { commonName } };
      // Both settle: an issue that is under way is not left alone.
      const [issue, above] = await Promise.allSettled([certs.issue(order, await callOf(signal)), chain()]);
      if (issue.status === 'rejected') throw issue.reason;
      if (above.status === 'rejected') throw issuedWithoutChain(above.reason);
      const { serialNumber: serial, certificate, key } = issue.value;
      try {
        return { serial, certificate: withIssuers(certificate, above.value), key: key.reveal() };
      } catch (error) {
        throw issuedWithoutChain(error);
      }
    },
    async certificatesOf(clientId, signal) {
      const page = await certs.list({ entityId: clientId, limit: 0 }, await callOf(signal));
      // It leaves out what it cannot read just now, and only the total tells.
      if (page.items.length < page.total) throw incompleteList();
      return page.items.map(({ serialNumber, revoked }) => ({ serial: serialNumber, revoked }));
    },
    unlistedCertificatesOf: async (clientId, signal) => unlisted.find(clientId, await callOf(signal)),
    revokeCertificate: async (serial, signal) => certs.revoke(serial, await callOf(signal)),
    issuerChain: chain,
  });
}

/** One call for all who want the same while it is under way: a run wants it for each of its clients. */
function shared<T>(call: () => Promise<T>): () => Promise<T> {
  let underWay: Promise<T> | undefined;
  return () => (underWay ??= call().finally(() => (underWay = undefined)));
}

/** There is a certificate, and no one has got it. */
const issuedWithoutChain = (cause: unknown) =>
  new ProvisionError({
    kind: 'ambiguous',
    code: 'issuer_chain_unanswered',
    message: 'certs: the certificate was issued, but the chain of its issuer could not be had',
    cause,
  });

const incompleteList = () =>
  new ProvisionError({
    kind: 'unavailable',
    code: 'incomplete_list',
    message: 'certs: list: some certificates could not be read',
  });
