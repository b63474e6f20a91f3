import { ProvisionError } from '@org/domain';
import type { Certs } from '@org/magistrala-sdk';
import type { CertificateSource } from './certificate-source.js';

/** Certificates from Magistrala's certs service. */
export const magistralaCertificates =
  (certs: Certs): CertificateSource =>
  (callOf) => ({
    async issueCertificate({ clientId, commonName, ttl }, signal) {
      const order = { entityId: clientId, ttl, subject: { commonName } };
      const { serialNumber, certificate, key } = await certs.issue(order, await callOf(signal));
      return { serial: serialNumber, certificate, key: key.reveal() };
    },
    async certificatesOf(clientId, signal) {
      const page = await certs.list({ entityId: clientId, limit: 0 }, await callOf(signal));
      // It leaves out what it cannot read just now, and only the total tells.
      if (page.items.length < page.total) throw incompleteList();
      return page.items.map(({ serialNumber, revoked }) => ({ serial: serialNumber, revoked }));
    },
    revokeCertificate: async (serial, signal) => certs.revoke(serial, await callOf(signal)),
    issuerChain: async (signal) => (await certs.viewCa({ signal })).certificate,
  });

const incompleteList = () =>
  new ProvisionError({
    kind: 'unavailable',
    code: 'incomplete_list',
    message: 'certs: list: some certificates could not be read',
  });
