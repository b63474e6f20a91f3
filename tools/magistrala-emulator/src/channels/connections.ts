export const CONNECTION_TYPES = ['Publish', 'Subscribe'] as const;
export type ConnectionType = (typeof CONNECTION_TYPES)[number];

export interface Connection {
  readonly channel_id: string;
  readonly client_id: string;
  readonly domain_id: string;
  readonly type: ConnectionType;
}

const keyOf = ({ channel_id, client_id, type }: Connection) => `${channel_id} ${client_id} ${type}`;

export class Connections {
  private readonly byKey = new Map<string, Connection>();
  private readonly byEnd = new Map<string, Set<Connection>>();

  has(connection: Connection): boolean {
    return this.byKey.has(keyOf(connection));
  }

  add(connection: Connection): void {
    this.byKey.set(keyOf(connection), connection);
    for (const end of [connection.channel_id, connection.client_id]) {
      const found = this.byEnd.get(end);
      if (found) found.add(connection);
      else this.byEnd.set(end, new Set([connection]));
    }
  }

  remove(connection: Connection): void {
    const stored = this.byKey.get(keyOf(connection));
    if (!stored) return;
    this.byKey.delete(keyOf(stored));
    for (const end of [stored.channel_id, stored.client_id]) {
      const found = this.byEnd.get(end);
      found?.delete(stored);
      if (found?.size === 0) this.byEnd.delete(end);
    }
  }

  removeClient(id: string): void {
    for (const connection of this.byEnd.get(id) ?? [])
      if (connection.client_id === id) this.remove(connection);
  }

  removeChannel(id: string): void {
    for (const connection of this.byEnd.get(id) ?? [])
      if (connection.channel_id === id) this.remove(connection);
  }

  types(channelId: string, clientId: string): ConnectionType[] {
    const between = { channel_id: channelId, client_id: clientId, domain_id: '' };
    return CONNECTION_TYPES.filter((type) => this.has({ ...between, type }));
  }

  all(): Iterable<Connection> {
    return this.byKey.values();
  }

  clear(): void {
    this.byKey.clear();
    this.byEnd.clear();
  }
}
