import type { ErrorCode } from '@org/domain';
import {
  type DomainCallOptions,
  type Page,
  type PageOptions,
  type Refinement,
  type RequestOptions,
  type WirePage,
  fromJson,
  path,
  refineBy,
  toPage,
} from '@org/http-client';
import {
  type Certificate,
  type CertificateSubject,
  type CertificateWithKey,
  type ListedCertificate,
  type WireCertificate,
  certificateFromWire,
  listedFromWire,
  renewedFromWire,
  subjectToWire,
  withKeyFromWire,
} from './certificate.js';
import { PublicCerts } from './public.js';

export interface CertificateRequest {
  /** What the certificate is for, a client's id for example; the service does not check that it exists. */
  readonly entityId: string;
  /** Go duration such as `720h`; the back end's default when absent, and its maximum applies. */
  readonly ttl?: string;
  readonly ipAddresses?: readonly string[];
  readonly subject: CertificateSubject;
}

const ambiguous = (code: ErrorCode): Refinement => ({ kind: 'ambiguous', code });
const NOT_FOUND: Refinement = { kind: 'not_found', code: 'certificate_not_found' };

/**
 * Magistrala's certs service (Magistrala wire §5), which answers errors in its own way. Nothing but the permission
 * to ask is bound to the domain: serial numbers and lists are those of the whole platform.
 */
export class Certs extends PublicCerts {
  /**
   * Issues a certificate and a key. Needs membership of the domain.
   *
   * @throws HttpError `ambiguous` (`create_failed`) also when only linking it to the entity failed: then it
   *   exists, and no list by entity shows it.
   */
  async issue(
    { entityId, ttl, ipAddresses, subject }: CertificateRequest,
    call: DomainCallOptions,
  ): Promise<CertificateWithKey> {
    return this.http.request({
      ...certsRequest('issue', call, { '422 failed to create certificate': ambiguous('create_failed') }),
      method: 'POST',
      path: path`/${call.domainId}/certs/issue/${entityId}`,
      json: { ttl, ip_addresses: ipAddresses, options: subjectToWire(subject) },
      expect: [201],
      decode: fromJson<WireCertificate, CertificateWithKey>(withKeyFromWire),
    });
  }

  /** Signs a certificate request; @param request its `csr` is PEM. Errors as `issue`. */
  async issueFromCsr(
    request: { readonly entityId: string; readonly csr: string; readonly ttl?: string },
    call: DomainCallOptions,
  ): Promise<Certificate> {
    return this.http.request({
      ...certsRequest('issue_from_csr', call, {
        '422 failed to create certificate': ambiguous('create_failed'),
      }),
      method: 'POST',
      path: path`/${call.domainId}/certs/csrs/${request.entityId}`,
      query: { ttl: request.ttl },
      json: { csr: Buffer.from(request.csr, 'utf8').toString('base64') },
      expect: [200],
      decode: fromJson<WireCertificate, Certificate>(certificateFromWire),
    });
  }

  /** @throws HttpError `not_found` also when the back end cannot be asked: the service does not tell the two apart. */
  async view(serialNumber: string, call: DomainCallOptions): Promise<Certificate> {
    return this.http.request({
      ...certsRequest('view', call, { '422 view entity failed': NOT_FOUND }),
      method: 'GET',
      path: path`/${call.domainId}/certs/${serialNumber}`,
      expect: [200],
      decode: fromJson<WireCertificate, Certificate>(certificateFromWire),
    });
  }

  /**
   * Lists without PEM texts. By entity, `total` counts certificates that could not be read and are not listed.
   * Without an entity the service reads every certificate there is, one by one.
   *
   * @param options a `limit` of 0 lists all.
   */
  async list(
    options: PageOptions & { readonly entityId?: string },
    call: DomainCallOptions,
  ): Promise<Page<ListedCertificate>> {
    const { offset, limit, entityId } = options;
    return this.http.request({
      ...certsRequest('list', call, {}),
      method: 'GET',
      path: path`/${call.domainId}/certs`,
      query: { offset, limit, entity_id: entityId },
      expect: [200],
      slow: entityId === undefined,
      decode: fromJson<WirePage & { certificates: WireCertificate[] | null }, Page<ListedCertificate>>(
        (wire) => toPage(wire, wire.certificates, listedFromWire),
      ),
    });
  }

  /**
   * Issues a successor with a new serial number and key, valid for 30 days. The old certificate stays valid, and
   * the new one is not linked to the entity: `revokeAll` does not reach it.
   *
   * @throws HttpError `conflict` (`certificate_revoked`)
   */
  async renew(serialNumber: string, call: DomainCallOptions): Promise<CertificateWithKey> {
    return this.http.request({
      ...certsRequest('renew', call, {
        '401 certificate has been revoked and cannot be renewed': {
          kind: 'conflict',
          code: 'certificate_revoked',
        },
        '422 view entity failed': NOT_FOUND,
        '422 update entity failed': ambiguous('create_failed'),
      }),
      method: 'PATCH',
      path: path`/${call.domainId}/certs/${serialNumber}/renew`,
      expect: [200],
      decode: fromJson<{ certificate: WireCertificate }, CertificateWithKey>(renewedFromWire),
    });
  }

  /**
   * Needs to be the domain's administrator, though issuing does not.
   *
   * @throws HttpError `ambiguous` (`revoke_failed`) also for a serial number that does not exist.
   */
  async revoke(serialNumber: string, call: DomainCallOptions): Promise<void> {
    await this.http.request({
      ...certsRequest('revoke', call, { '422 update entity failed': ambiguous('revoke_failed') }),
      method: 'PATCH',
      path: path`/${call.domainId}/certs/${serialNumber}/revoke`,
      expect: [204],
      repeatable: true,
    });
  }

  /**
   * Revokes what is linked to an entity, and unlinks it. Stops at the first failure. Needs to be the domain's
   * administrator.
   *
   * @throws HttpError `not_found` (`certificate_not_found`) when nothing is linked, as after it has succeeded.
   */
  async revokeAll(entityId: string, call: DomainCallOptions): Promise<void> {
    await this.http.request({
      ...certsRequest('revoke_all', call, {
        '404 entity not found': NOT_FOUND,
        '422 update entity failed': ambiguous('revoke_failed'),
      }),
      method: 'DELETE',
      path: path`/${call.domainId}/certs/${entityId}/delete`,
      expect: [204],
    });
  }
}

/** What all calls that need a token share: a missing permission is answered with 500, an unknown domain with 422. */
function certsRequest(operation: string, call: DomainCallOptions, refinements: Record<string, Refinement>) {
  const refine: RequestOptions['refine'] = refineBy({
    '500 failed to perform authorization over the entity': { kind: 'forbidden', code: 'forbidden' },
    '422 entity not found': { kind: 'not_found', code: 'domain_not_found' },
    ...refinements,
  });
  return { operation, refine, token: call.token, signal: call.signal };
}
