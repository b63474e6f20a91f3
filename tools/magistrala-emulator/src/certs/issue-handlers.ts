import { bearerToken } from '../auth/authenticator.js';
import { MalformedJson, type Shape, fields, text, texts, wholeValue } from '../http/go-json.js';
import { Refusal, badRequest, unprocessable } from '../http/refusal.js';
import { type Reply, json } from '../http/reply.js';
import { type Handler, type Request, param } from '../http/request.js';
import type { World } from '../world.js';
import { type Issued, IssueError } from './authority.js';
import { certificateInPath, requirePermission } from './permission.js';
import { presentIssued, presentRenewed } from './present.js';
import { alternativeNames, subjectOf } from './subject.js';
import { namesIn } from './x509.js';

const issueShape = fields({
  ttl: text,
  ip_addresses: texts,
  options: fields({
    common_name: text,
    organization: texts,
    organizational_unit: texts,
    country: texts,
    province: texts,
    locality: texts,
    street_address: texts,
    postal_code: texts,
    dns_names: texts,
    ip_addresses: texts,
  }),
});

/** Go decodes a byte slice from base64. */
const bytes: Shape<Buffer> = (value) => {
  const base64 = text(value);
  if (!/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(base64)) {
    throw new MalformedJson('not base64');
  }
  return Buffer.from(base64, 'base64');
};
const csrShape = fields({ csr: bytes });

const RENEWED_TTL = '720h';
const MALFORMED = 'malformed entity specification';

type Operation = 'issue' | 'issue_from_csr' | 'issue_from_csr_internal' | 'renew';

/** What makes certificates (Magistrala wire §5.2, §5.3). */
export function issueHandlers(world: World): Record<Operation, Handler> {
  const { authority, certificates, certsSecret } = world;

  function registered(request: Request, issued: Issued): object {
    const entityId = param(request, 'entityID');
    certificates.add(issued, request.session.domainId, entityId);
    return presentIssued(issued, entityId);
  }

  async function fromRequest(request: Request, check: () => void): Promise<Reply> {
    const ttl = request.query.text('ttl');
    const { csr } = readWhole(request, csrShape);
    if (!csr?.length) throw badRequest(MALFORMED);
    check();
    return json(200, registered(request, await made(authority.signRequest(csr.toString('utf8'), ttl))));
  }

  return {
    issue: async (request) => {
      const { ttl = '', ip_addresses = [], options = {} } = readWhole(request, issueShape);
      // The rest of the subject is OpenBao's role's to say: what a request asks for is ignored.
      const { common_name = '', dns_names: dnsNames = [], ip_addresses: moreAddresses = [] } = options;
      if (common_name === '') throw badRequest(MALFORMED);
      requirePermission(world, request, 'membership');
      const names = { dnsNames, ipAddresses: [...ip_addresses, ...moreAddresses] };
      return json(201, registered(request, await made(authority.issue({ common_name }, names, ttl))));
    },
    issue_from_csr: (request) => fromRequest(request, () => requirePermission(world, request, 'membership')),
    issue_from_csr_internal: (request) => {
      const token = bearerToken(request.headers.authorization);
      if (token === '') throw new Refusal(500, 'missing or invalid bearer user token', true);
      if (token !== certsSecret) throw badRequest(MALFORMED);
      return fromRequest(request, () => undefined);
    },
    renew: async (request) => {
      requirePermission(world, request, 'membership');
      const { certificate, revokedAt } = certificateInPath(world, request, 'view entity failed');
      if (revokedAt !== undefined) {
        throw new Refusal(401, 'certificate has been revoked and cannot be renewed');
      }
      const names = alternativeNames(namesIn(certificate.extensions));
      const renewed = await made(authority.issue(subjectOf(certificate.subject), names, RENEWED_TTL));
      // The entity does not come to know of it.
      certificates.add(renewed, request.session.domainId);
      return json(200, { certificate: presentRenewed(renewed) });
    },
  };
}

async function made(work: Promise<Issued>): Promise<Issued> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof IssueError) throw unprocessable('failed to create certificate');
    throw error;
  }
}

/** The whole body, whatever its type is said to be; trailing bytes are errors here. */
function readWhole<T>(request: Request, shape: Shape<T>): T {
  try {
    return shape(wholeValue(request.body.toString('utf8')));
  } catch (error) {
    if (error instanceof MalformedJson) throw badRequest('invalid request');
    throw error;
  }
}
