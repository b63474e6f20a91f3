import type { EntityKind } from '../entities/handlers.js';
import { entityHandlers, entityInPath, touch } from '../entities/handlers.js';
import { ENTITY_STATUSES } from '../entities/entity.js';
import { listEntities } from '../entities/listing.js';
import { readListQuery } from '../entities/list-query.js';
import { fields, text } from '../http/go-json.js';
import { badRequest, notFound, unprocessable } from '../http/refusal.js';
import { json } from '../http/reply.js';
import { type Request, readBody } from '../http/request.js';
import type { Handlers } from '../http/service-server.js';
import type { World } from '../world.js';
import {
  type Client,
  type ClientBody,
  checkClient,
  clientShape,
  clientsShape,
  presentClient,
} from './clients.js';

const secretShape = fields({ secret: text });

const whole = (client: Client) => presentClient(client, { secret: true, private: true });
const withoutSecret = (client: Client) => presentClient(client, { secret: false, private: true });

export function clientKind({ clients, connections }: World): EntityKind<Client> {
  return {
    name: 'clients',
    idParam: 'clientID',
    store: clients,
    checksDomain: true,
    present: whole,
    presentChanged: withoutSecret,
    updateMore: (client, { private_metadata: metadata }) => {
      if (metadata) client.private_metadata = metadata;
    },
    removeMore: ({ id }) => connections.removeClient(id),
  };
}

const LIST_RULES = { statuses: ENTITY_STATUSES, emptyStatusIsEnabled: true, boundsLimit: true };

/** The clients service (Magistrala wire §2). */
export function clientHandlers(world: World): Handlers<'clients'> {
  const { clients, connections, permissions, clock } = world;
  const kind = clientKind(world);

  function create({ session }: Request, bodies: readonly ClientBody[]): Client[] {
    bodies.forEach(checkClient);
    const demand = { entity_type: 'clients', operation: 'create_clients', entity_id: '*' };
    permissions.requireInDomain(session, 'client_create_permission', demand);
    const made = clients.create(bodies, session, clock);
    for (const client of made) client.seenFrom = world.staleness.seenFrom();
    return made;
  }

  return {
    ...entityHandlers(world, kind),
    create: (request) => {
      const [client] = create(request, [readBody(request, clientShape)]);
      return json(201, whole(client!), { location: `/clients/${client!.id}` });
    },
    create_bulk: (request) => {
      const bodies = readBody(request, clientsShape);
      if (bodies.length === 0) throw badRequest('empty list provided');
      const made = create(request, bodies);
      return json(200, { total: made.length, clients: made.map(whole) });
    },
    list: ({ query, session }) => {
      const listQuery = readListQuery(query, LIST_RULES);
      const channel = query.text('channel');
      // Magistrala's query names a column that is not there.
      if (channel !== '' && query.text('connection_type') !== '') throw unprocessable('view entity failed');
      return listEntities({
        world,
        store: clients,
        query: listQuery,
        session,
        itemsName: 'clients',
        also: ({ id }) => channel === '' || connections.types(channel, id).length > 0,
        present: (client, asAdmin) => ({
          ...presentClient(client, { secret: !asAdmin, private: false }),
          ...(channel !== '' && { connection_types: connections.types(channel, client.id) }),
        }),
      });
    },
    update_secret: (request) => {
      const { secret = '' } = readBody(request, secretShape);
      if (secret === '') throw badRequest('missing secret');
      const client = entityInPath(world, kind, request, 'update_secret');
      if (client.status !== 'enabled') throw notFound();
      clients.setSecret(client, secret);
      touch(world, client, request.session);
      return json(200, withoutSecret(client));
    },
  };
}
