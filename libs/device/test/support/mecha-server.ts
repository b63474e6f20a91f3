import type { TestAuthority } from './authority.js';
import { type Request, type Response, aServer } from './http-server.js';

/** What a provisioning server of mecha answers; `claimed` holds codes that someone has approved, with their machine ids. */
export async function aMechaServer(authority: TestAuthority, prefix = '') {
  const claimed = new Map<string, string>();
  const tickets = new Map<string, string>();
  const server = await aServer(async (request) => {
    const { pathname, searchParams } = new URL(request.url, 'http://x');
    switch (pathname) {
      case `${prefix}/v1/ping`:
        return { status: 200, headers: { date: new Date(authority.clock.now()).toUTCString() } };
      case `${prefix}/v1/provisioning/manifest/find`:
        return find(searchParams.get('code') ?? '');
      case `${prefix}/v1/provisioning/cert/sign`:
        return sign(request, searchParams.get('ticket'));
      default:
        return refused(404, 'NO_SUCH_ROUTE');
    }
  });

  function find(code: string): Response {
    const machineId = claimed.get(code);
    if (machineId === undefined) return refused(404, 'CODE_NOT_FOUND');
    tickets.set(`ticket-${code}`, machineId);
    return accepted({
      machine_id: machineId,
      cert_sign_url: `/v1/provisioning/cert/sign?ticket=ticket-${code}`,
      cert_valid_upto: '2031-01-01T00:00:00Z',
    });
  }

  async function sign({ method, body }: Request, ticket: string | null): Promise<Response> {
    const { csr, machine_id: id, request_type: type } = JSON.parse(body) as Record<string, string>;
    if (method !== 'POST' || (type === 'Provision' && tickets.get(ticket ?? '') !== id))
      return refused(403, 'BAD_TICKET');
    const { certificate, root, caBundle } = await authority.issue(csr!, id);
    return { ...accepted({ cert: certificate, root_cert: root, ca_bundle: caBundle }), status: 201 };
  }
  return { ...server, claimed };
}

export const accepted = (payload: unknown): Response => ({
  status: 200,
  body: {
    success: true,
    status: 'OK',
    statusCode: 200,
    message: null,
    errorCode: null,
    subErrors: null,
    payload,
  },
});

export const refused = (status: number, errorCode: string): Response => ({
  status,
  body: {
    success: false,
    status: 'error',
    statusCode: status,
    message: 'no',
    errorCode,
    subErrors: null,
    payload: null,
  },
});
