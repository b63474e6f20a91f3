import { randomUUID } from 'node:crypto';
import { type DomainCallOptions, type HttpClient, isHttpError, path, refineBy } from '@org/http-client';
import { Entities } from '../entities.js';
import { CREATE_FAILED, conflict } from '../failures.js';
import { listQuery } from '../list.js';
import {
  type Channel,
  type ChannelChanges,
  type ChannelListOptions,
  type NewChannel,
  type WireChannel,
  channelFromWire,
  channelToWire,
} from './channel.js';

export type ConnectionType = 'publish' | 'subscribe';

/** Every client with every channel, for every type. None of the lists may be empty; ids are UUIDs. */
export interface ChannelConnections {
  readonly channelIds: readonly string[];
  readonly clientIds: readonly string[];
  readonly types: readonly ConnectionType[];
}

interface ChannelTypes {
  readonly wire: WireChannel;
  readonly entity: Channel;
  readonly create: NewChannel;
  readonly changes: ChannelChanges;
  readonly list: ChannelListOptions;
}

const refineConnect = refineBy({
  ...CREATE_FAILED,
  '400 entity already exists': conflict('already_connected'),
});

/**
 * Magistrala's channels service (Magistrala wire §3). A taken id or route answers a create with `conflict`
 * (`channel_id_taken`, `route_taken`).
 */
export class Channels extends Entities<ChannelTypes> {
  constructor(http: HttpClient) {
    super(http, {
      collection: 'channels',
      toWire: channelToWire,
      fromWire: channelFromWire,
      changesToWire: ({ name, metadata }) => ({ name, metadata }),
      query: (options) => ({
        ...listQuery(options),
        client: options.clientId,
        connection_type: options.connectionType,
        group: options.groupId,
        user: options.userId,
        access_type: options.accessType,
      }),
      refineCreate: refineBy({
        ...CREATE_FAILED,
        '400 channel id already exists': conflict('channel_id_taken'),
        '400 route not available': conflict('route_taken'),
      }),
      rivals: () => {
        const route = `r${randomUUID().replaceAll('-', '')}`;
        return { pair: [{ route }, { route }], code: 'route_taken' };
      },
      takenCode: 'channel_id_taken',
    });
  }

  /**
   * Connects. When only one of the connections exists, none is made.
   *
   * The service writes into two databases and does not roll back; after an `ambiguous` error use `reconnect`.
   *
   * @throws HttpError `conflict` (`already_connected`); `ambiguous` (`create_failed`), also where a client or
   *   channel is disabled or of another domain.
   */
  async connect(
    { channelIds, clientIds, types }: ChannelConnections,
    call: DomainCallOptions,
  ): Promise<void> {
    await this.http.request({
      operation: 'connect',
      method: 'POST',
      path: path`/${call.domainId}/channels/connect`,
      json: { channel_ids: channelIds, client_ids: clientIds, types },
      expect: [201],
      refine: refineConnect,
      ...call,
    });
  }

  /** As `connect`, for one channel. */
  async connectChannel(
    channelId: string,
    { clientIds, types }: Omit<ChannelConnections, 'channelIds'>,
    call: DomainCallOptions,
  ): Promise<void> {
    await this.http.request({
      operation: 'connect',
      method: 'POST',
      path: path`/${call.domainId}/channels/${channelId}/connect`,
      json: { client_ids: clientIds, types },
      expect: [201],
      refine: refineConnect,
      ...call,
    });
  }

  /**
   * Makes the connections that are missing: one call for each, all at the same time, `already_connected` being
   * success. A connection that is only half there (see `connect`) counts as there.
   *
   * @throws HttpError the first one, after all calls have ended.
   */
  async connectEach(
    { channelIds, clientIds, types }: ChannelConnections,
    call: DomainCallOptions,
  ): Promise<void> {
    const single = channelIds.flatMap((channelId) =>
      clientIds.flatMap((clientId) =>
        types.map((type) => ({ channelIds: [channelId], clientIds: [clientId], types: [type] })),
      ),
    );
    const results = await Promise.allSettled(single.map((connection) => this.connect(connection, call)));
    for (const result of results) {
      if (result.status === 'fulfilled') continue;
      if (!isHttpError(result.reason) || result.reason.code !== 'already_connected') throw result.reason;
    }
  }

  /** Disconnects, then connects: also mends connections that are only half there. */
  async reconnect(connections: ChannelConnections, call: DomainCallOptions): Promise<void> {
    await this.disconnect(connections, call);
    await this.connect(connections, call);
  }

  /** Idempotent, therefore repeated where needed. */
  async disconnect(
    { channelIds, clientIds, types }: ChannelConnections,
    call: DomainCallOptions,
  ): Promise<void> {
    await this.http.request({
      operation: 'disconnect',
      method: 'POST',
      path: path`/${call.domainId}/channels/disconnect`,
      json: { channel_ids: channelIds, client_ids: clientIds, types },
      expect: [204],
      repeatable: true,
      ...call,
    });
  }

  /** As `disconnect`, for one channel. */
  async disconnectChannel(
    channelId: string,
    { clientIds, types }: Omit<ChannelConnections, 'channelIds'>,
    call: DomainCallOptions,
  ): Promise<void> {
    await this.http.request({
      operation: 'disconnect',
      method: 'POST',
      path: path`/${call.domainId}/channels/${channelId}/disconnect`,
      json: { client_ids: clientIds, types },
      expect: [204],
      repeatable: true,
      ...call,
    });
  }
}
