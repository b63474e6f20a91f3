import { zipSync } from 'fflate';
import { Refusal } from '../http/refusal.js';
import { empty, json } from '../http/reply.js';
import { type Handler, param } from '../http/request.js';
import type { Handlers } from '../http/service-server.js';
import type { World } from '../world.js';
import { issueHandlers } from './issue-handlers.js';
import { certificateInPath, requirePermission } from './permission.js';
import { ocspHandler } from './ocsp-handler.js';
import { goTime, presentPage, presentStored } from './present.js';
import { makeCrl } from './revocation.js';

/** The certs service, with its own ways to answer errors (Magistrala wire §5). */
export const certHandlers = (world: World): Handlers<'certs'> => ({
  ...issueHandlers(world),
  ...registerHandlers(world),
  ...publicHandlers(world),
});

type RegisterOperation = 'view' | 'list' | 'revoke' | 'revoke_all';

function registerHandlers(world: World): Record<RegisterOperation, Handler> {
  const { certificates } = world;
  return {
    view: (request) => {
      requirePermission(world, request, 'membership');
      const found = certificateInPath(world, request, 'view entity failed');
      return json(200, presentStored(found, param(request, 'id')));
    },
    list: (request) => {
      const offset = request.query.number('offset', 0);
      const limit = request.query.number('limit', 10);
      const entityId = request.query.text('entity_id');
      requirePermission(world, request, 'membership');
      const ofEntity = entityId !== '';
      const matching = ofEntity ? certificates.ofEntity(entityId) : certificates.all();
      return json(200, presentPage(matching, { offset, limit, ofEntity }));
    },
    revoke: (request) => {
      requirePermission(world, request, 'admin');
      certificates.revoke(certificateInPath(world, request, 'update entity failed'));
      return empty(204);
    },
    revoke_all: (request) => {
      requirePermission(world, request, 'admin');
      const entityId = param(request, 'entityID');
      const found = certificates.ofEntity(entityId);
      if (found.length === 0) throw new Refusal(404, 'entity not found');
      for (const certificate of found) certificates.revoke(certificate);
      certificates.unlink(entityId);
      return empty(204);
    },
  };
}

type PublicOperation = 'view_ca' | 'download_ca' | 'crl' | 'ocsp';

/** What anybody may have. */
function publicHandlers(world: World): Record<PublicOperation, Handler> {
  const { authority, certificates, clock } = world;
  return {
    view_ca: () => {
      const expiry_time = goTime(authority.intermediate.certificate.notAfter.value);
      return json(200, { certificate: authority.chainPem(), revoked: false, expiry_time });
    },
    download_ca: () => ({
      status: 200,
      headers: { 'content-disposition': 'attachment; filename=ca.zip', 'content-type': 'application/zip' },
      body: Buffer.from(zipSync({ 'ca.crt': Buffer.from(authority.chainPem()) })),
    }),
    crl: async () => {
      const crl = await makeCrl({ clock, issuer: authority.intermediate, certificates });
      return json(200, { crl: crl.toString('base64') });
    },
    ocsp: ocspHandler(world),
  };
}
