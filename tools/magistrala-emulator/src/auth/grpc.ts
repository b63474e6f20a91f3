import { Server, ServerCredentials, type ServerUnaryCall, type sendUnaryData, status } from '@grpc/grpc-js';
import { ProvisionError } from '@org/domain';
import { authV1 } from '@org/proto';
import { HealthImplementation } from 'grpc-health-check';
import type { Gate } from '../faults/gate.js';
import type { GRPC_OPERATIONS } from '../operations.js';
import type { World } from '../world.js';
import { judge } from './policy.js';

export interface GrpcServer {
  /** `host:port` */
  readonly address: string;
  close(): void;
}

type Answer<Res> = { readonly response: Res } | { readonly code: status; readonly message: string };

/** The gRPC side of the auth service, with its health service (Magistrala wire §1.8). */
export async function serveAuthGrpc(
  world: World,
  gate: Gate,
  host: string,
  port: number,
): Promise<GrpcServer> {
  const server = new Server();
  server.addService(authV1.AuthServiceService, {
    authenticate: gated(gate, 'authenticate', (request: authV1.AuthNReq) => authenticate(world, request)),
    authorize: gated(gate, 'authorize', (request: authV1.AuthZReq) => authorize(world, request)),
  });
  new HealthImplementation({ '': 'SERVING', auth: 'SERVING' }).addToServer(server);
  const bound = await new Promise<number>((resolve, reject) => {
    server.bindAsync(`${host}:${port}`, ServerCredentials.createInsecure(), (error, boundPort) =>
      error ? reject(cannotListen(host, port, error)) : resolve(boundPort),
    );
  });
  return { address: `${host}:${bound}`, close: () => server.forceShutdown() };
}

function cannotListen(host: string, port: number, cause: Error): ProvisionError {
  const message = `cannot listen on ${host}:${port}`;
  return new ProvisionError({ kind: 'unavailable', code: 'cannot_listen', message, cause });
}

async function authenticate(world: World, { token }: authV1.AuthNReq): Promise<Answer<authV1.AuthNRes>> {
  if (token === '') return { code: status.UNAUTHENTICATED, message: 'missing or invalid bearer user token' };
  const identity = await world.authenticator.identify(token);
  if (!identity)
    return { code: status.UNAUTHENTICATED, message: 'failed to perform authentication over the entity' };
  const { id, userId, role, verified, type } = identity;
  return { response: { id, userId, userRole: role, verified, tokenType: type } };
}

async function authorize(
  world: World,
  { policyReq, patReq }: authV1.AuthZReq,
): Promise<Answer<authV1.AuthZRes>> {
  const denied = {
    code: status.PERMISSION_DENIED,
    message: 'failed to perform authorization over the entity',
  };
  if (!policyReq) return { code: status.INVALID_ARGUMENT, message: 'malformed policy subject' };
  const judged = judge(world, policyReq);
  if (judged === 'malformed') return { code: status.INVALID_ARGUMENT, message: 'malformed policy' };
  if (patReq?.patId) {
    const { patId, userId, domain, entityType, operation, entityId } = patReq;
    if (userId === '' || entityId === '' || entityType === '')
      return { code: status.INVALID_ARGUMENT, message: 'missing entity id' };
    const domain_id = domain || policyReq.domain;
    const demand = { domain_id, entity_type: entityType, operation, entity_id: entityId };
    if (!world.pats.allows(patId, demand)) return denied;
  }
  return judged === 'allowed' ? { response: { authorized: true, id: '' } } : denied;
}

/** A rule for all services may name an HTTP status, which is no gRPC code. */
const grpcCode = (code: number | undefined) =>
  code !== undefined && code <= status.UNAUTHENTICATED ? code : undefined;

/** Wraps a call so that it is recorded and can meet a fault. */
function gated<Req, Res>(
  gate: Gate,
  operation: (typeof GRPC_OPERATIONS)[number],
  work: (request: Req) => Promise<Answer<Res>>,
) {
  return (call: ServerUnaryCall<Req, Res>, callback: sendUnaryData<Res>): void => {
    const path = call.getPath();
    const record = gate.calls.start({
      service: 'auth',
      operation: `auth.${operation}`,
      method: 'GRPC',
      path,
    });
    call.once('cancelled', () => gate.calls.end(record, null));
    const answer = (given: Answer<Res>) => {
      gate.calls.end(record, 'code' in given ? given.code : status.OK);
      if ('code' in given) callback({ code: given.code, details: given.message });
      else callback(null, given.response);
    };
    const unavailable = { code: status.UNAVAILABLE, message: 'connection dropped' };
    void gate
      .pass<Answer<Res>>({
        record,
        work: () => work(call.request),
        failure: ({ rule }, worked) => ({
          code: grpcCode(rule.status) ?? (worked ? status.INTERNAL : status.UNAVAILABLE),
          message: rule.body ?? '',
        }),
        interrupt: async () => undefined,
        gone: () => call.cancelled,
        left: new Promise((resolve) => call.once('cancelled', () => resolve())),
      })
      .then((outcome) => {
        if (outcome === 'drop') answer(unavailable);
        else if (outcome !== 'silence') answer(outcome.answer);
      });
  };
}
