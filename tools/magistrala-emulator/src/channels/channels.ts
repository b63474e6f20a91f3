import type { Clock } from '@org/domain';
import type { Session } from '../auth/session.js';
import type { Entity } from '../entities/entity.js';
import { EntityStore } from '../entities/entity-store.js';
import { isRoute, isUuid } from '../entities/names.js';
import { checkName, entityShapes, newEntity } from '../entities/new-entity.js';
import { fields, listOf, text } from '../http/go-json.js';
import { badRequest, unprocessable } from '../http/refusal.js';
import { omitEmpty } from '../http/reply.js';

export interface Channel extends Entity {
  readonly route: string;
}

export const channelShape = fields({ ...entityShapes(false), route: text });
export const channelsShape = listOf(channelShape, () => ({}));
export type ChannelBody = ReturnType<typeof channelShape>;

const MOST_ID_CHARS = 36;

/** All channels. A route is used once in a domain, an id once altogether. */
export class Channels extends EntityStore<Channel> {
  private readonly routes = new Set<string>();

  /** Adds all or none. @throws Refusal */
  create(bodies: readonly ChannelBody[], session: Session, clock: Clock): Channel[] {
    const made = bodies.map((body) => ({ ...newEntity(body, session, clock), route: body.route ?? '' }));
    const ids = new Set<string>();
    const routes = new Set<string>();
    for (const channel of made) {
      if ([...channel.id].length > MOST_ID_CHARS) throw unprocessable('failed to create entity');
      if (this.get(channel.id) || ids.has(channel.id)) throw badRequest('channel id already exists');
      const route = routeKey(channel);
      if (channel.route !== '' && (this.routes.has(route) || routes.has(route))) {
        throw badRequest('route not available');
      }
      ids.add(channel.id);
      routes.add(route);
    }
    for (const channel of made) this.add(channel);
    return made;
  }

  override add(channel: Channel): void {
    super.add(channel);
    if (channel.route !== '') this.routes.add(routeKey(channel));
  }

  override remove(channel: Channel): void {
    super.remove(channel);
    this.routes.delete(routeKey(channel));
  }

  override clear(): void {
    super.clear();
    this.routes.clear();
  }
}

const routeKey = ({ domain_id, route }: Channel) => `${domain_id} ${route}`;

/** What is checked before permissions are. @throws Refusal */
export function checkChannel({ id, name, route }: ChannelBody): void {
  if (id && id.trim() === '') throw badRequest('missing channel id');
  checkName(name);
  if (route && (!isRoute(route) || isUuid(route))) throw badRequest('invalid route format');
}

/** The wire form (Magistrala wire §3.1). */
export function presentChannel(channel: Channel): object {
  const { id, name, tags, parent_group_id, domain_id, route, metadata, updated_by } = channel;
  return {
    id,
    ...omitEmpty({ name, tags, parent_group_id, domain_id, route, metadata }),
    created_at: channel.created_at,
    updated_at: channel.updated_at,
    ...omitEmpty({ updated_by }),
    status: channel.status,
  };
}
