import { type EntityKind, entityHandlers } from '../entities/handlers.js';
import { ENTITY_STATUSES } from '../entities/entity.js';
import { listEntities } from '../entities/listing.js';
import { readListQuery } from '../entities/list-query.js';
import { badRequest, forbidden } from '../http/refusal.js';
import { json } from '../http/reply.js';
import { type Request, readBody } from '../http/request.js';
import type { Handlers } from '../http/service-server.js';
import type { World } from '../world.js';
import {
  type Channel,
  type ChannelBody,
  channelShape,
  channelsShape,
  checkChannel,
  presentChannel,
} from './channels.js';
import { connectHandlers } from './connect.js';
import { readConnectionType } from './connect-request.js';

export function channelKind({ channels, connections }: World): EntityKind<Channel> {
  return {
    name: 'channels',
    idParam: 'channelID',
    store: channels,
    checksDomain: false,
    present: presentChannel,
    presentChanged: presentChannel,
    updateMore: () => undefined,
    removeMore: ({ id }) => connections.removeChannel(id),
  };
}

const LIST_RULES = { statuses: ENTITY_STATUSES, emptyStatusIsEnabled: false, boundsLimit: true };

/** The channels service (Magistrala wire §3). */
export function channelHandlers(world: World): Handlers<'channels'> {
  const { channels, connections, permissions, clock } = world;

  function create({ session }: Request, bodies: readonly ChannelBody[]): Channel[] {
    bodies.forEach(checkChannel);
    const demand = { entity_type: 'channels', operation: 'create_channels', entity_id: '*' };
    permissions.requireInDomain(session, 'channel_create_permission', demand);
    // There is no groups service here, and no one has a permission on a group that does not exist.
    if (bodies.some((body) => body.parent_group_id)) throw forbidden();
    const made = channels.create(bodies, session, clock);
    for (const channel of made) channel.seenFrom = world.staleness.seenFrom();
    return made;
  }

  return {
    ...entityHandlers(world, channelKind(world)),
    ...connectHandlers(world),
    create: (request) => {
      const [channel] = create(request, [readBody(request, channelShape)]);
      return json(201, presentChannel(channel!), { location: `/channels/${channel!.id}` });
    },
    create_bulk: (request) => {
      const bodies = readBody(request, channelsShape);
      if (bodies.length === 0) throw badRequest('empty list provided');
      const made = create(request, bodies);
      return json(200, { total: made.length, channels: made.map(presentChannel) });
    },
    list: ({ query, session }) => {
      const listQuery = readListQuery(query, LIST_RULES);
      const client = query.text('client');
      const type = query.text('connection_type');
      const wanted = type === '' ? undefined : readConnectionType(type);
      if (type !== '' && !wanted) throw badRequest('something went wrong with the request');
      const types = ({ id }: Channel) => connections.types(id, client);
      return listEntities({
        world,
        store: channels,
        query: listQuery,
        session,
        itemsName: 'channels',
        also: (channel) =>
          client === '' || (wanted ? types(channel).includes(wanted) : types(channel).length > 0),
        present: (channel) => ({
          ...presentChannel(channel),
          ...(client !== '' && { connection_types: types(channel) }),
        }),
      });
    },
  };
}
