import { conflict, unprocessable } from '../http/refusal.js';
import { type Reply, empty } from '../http/reply.js';
import { type Handler, type Request, param, readBody } from '../http/request.js';
import type { World } from '../world.js';
import { type ConnectRequest, type IdCheck, checkConnect, connectShape } from './connect-request.js';
import type { Connection } from './connections.js';

type Operation = 'connect' | 'disconnect' | 'connect_channel' | 'disconnect_channel';

/** Both forms of connect and disconnect (Magistrala wire §3.2). */
export function connectHandlers(world: World): Record<Operation, Handler> {
  const { channels, clients, connections, permissions } = world;

  function authorize({ session }: Request, asked: ConnectRequest, verb: 'connect' | 'disconnect'): void {
    for (const id of asked.channelIds) {
      const demand = { entity_type: 'channels', operation: `${verb}_client`, entity_id: id };
      permissions.requireOnEntity(session, channels.get(id), demand);
    }
    const preposition = verb === 'connect' ? 'to' : 'from';
    for (const id of asked.clientIds) {
      permissions.requireOpenDomain(session);
      const demand = { entity_type: 'clients', operation: `${verb}_${preposition}_channel`, entity_id: id };
      permissions.requireOnEntity(session, clients.get(id), demand);
    }
  }

  function connect(request: Request, asked: ConnectRequest): Reply {
    authorize(request, asked, 'connect');
    for (const entity of ends(asked)) {
      if (entity?.status !== 'enabled' || entity.domain_id !== request.session.domainId) {
        throw unprocessable('failed to create entity');
      }
    }
    const wanted = tuples(asked, request.session.domainId);
    const repeats = new Set(wanted.map((tuple) => JSON.stringify(tuple))).size < wanted.length;
    // All or nothing: one tuple that exists, or comes twice, spoils the whole call.
    if (repeats || wanted.some((connection) => connections.has(connection))) throw conflict();
    for (const connection of wanted) connections.add(connection);
    return empty(201);
  }

  function disconnect(request: Request, asked: ConnectRequest): Reply {
    authorize(request, asked, 'disconnect');
    for (const entity of ends(asked)) {
      if (entity?.domain_id !== request.session.domainId) throw unprocessable('failed to remove entity');
    }
    for (const connection of tuples(asked, request.session.domainId)) connections.remove(connection);
    return empty(204);
  }

  const ends = ({ channelIds, clientIds }: ConnectRequest) => [
    ...channelIds.map((id) => channels.get(id)),
    ...clientIds.map((id) => clients.get(id)),
  ];

  const inPath = (request: Request) => param(request, 'channelID');
  const read = (request: Request, check: { channels: IdCheck; clients: IdCheck; channelId?: string }) =>
    checkConnect(readBody(request, connectShape), check);

  return {
    connect: (request) => connect(request, read(request, { channels: 'loose', clients: 'loose' })),
    disconnect: (request) => disconnect(request, read(request, { channels: 'uuid', clients: 'uuid' })),
    connect_channel: (request) =>
      connect(request, read(request, { channels: 'loose', clients: 'uuid', channelId: inPath(request) })),
    disconnect_channel: (request) =>
      disconnect(request, read(request, { channels: 'uuid', clients: 'uuid', channelId: inPath(request) })),
  };
}

function tuples({ channelIds, clientIds, types }: ConnectRequest, domainId: string): Connection[] {
  return channelIds.flatMap((channelId) =>
    clientIds.flatMap((clientId) =>
      types.map((type) => ({ channel_id: channelId, client_id: clientId, domain_id: domainId, type })),
    ),
  );
}
