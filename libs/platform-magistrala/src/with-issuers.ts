import { X509Certificate } from 'node:crypto';
import { certificatePem, readCertificates } from '@org/x509';

/**
 * A client's certificate with the authorities behind it that lead to a root, the root left out: brokers that know only
 * the root accept it then (RFC 8446 4.4.2).
 *
 * @param certificate PEM
 * @param chain PEM, in any order; what does not belong to it does no harm
 */
export function withIssuers(certificate: string, chain: string): string {
  const above = readCertificates(chain).map((der) => new X509Certificate(der));
  const authorities = above.filter((each) => !each.checkIssued(each));
  const path = [new X509Certificate(certificate)];
  for (const below of path)
    path.push(...authorities.filter((each) => below.checkIssued(each) && !path.includes(each)));
  return path.map(({ raw }) => certificatePem(raw)).join('');
}
