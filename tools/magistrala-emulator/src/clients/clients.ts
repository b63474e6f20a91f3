import type { Clock, JsonObject } from '@org/domain';
import { randomUUID } from 'node:crypto';
import type { Session } from '../auth/session.js';
import type { Entity } from '../entities/entity.js';
import { EntityStore } from '../entities/entity-store.js';
import { isUuid } from '../entities/names.js';
import { checkName, entityShapes, newEntity } from '../entities/new-entity.js';
import { anyObject, fields, listOf, text } from '../http/go-json.js';
import { badRequest, unprocessable } from '../http/refusal.js';
import { omitEmpty } from '../http/reply.js';

export interface Client extends Entity {
  readonly identity: string;
  secret: string;
  private_metadata: JsonObject;
}

export const clientShape = fields({
  ...entityShapes(true),
  private_metadata: anyObject,
  credentials: fields({ identity: text, secret: text }),
});
export const clientsShape = listOf(clientShape, () => ({}));
export type ClientBody = ReturnType<typeof clientShape>;

const MOST_IDENTITY_CHARS = 254;
const MOST_SECRET_CHARS = 4096;

/** All clients. A secret is used once in a domain, an id once altogether. */
export class Clients extends EntityStore<Client> {
  private readonly secrets = new Set<string>();

  /** Adds all or none (Magistrala wire §2.2). @throws Refusal */
  create(bodies: readonly ClientBody[], session: Session, clock: Clock): Client[] {
    const made = bodies.map((body) => newClient(body, session, clock));
    const ids = new Set<string>();
    const secrets = new Set<string>();
    for (const client of made) {
      const tooLong = [...client.identity].length > MOST_IDENTITY_CHARS || isTooLong(client.secret);
      if (tooLong || this.get(client.id) || ids.has(client.id))
        throw unprocessable('failed to create entity');
      this.requireFreeSecret(client.domain_id, client.secret, secrets);
      ids.add(client.id);
      secrets.add(secretKey(client.domain_id, client.secret));
    }
    for (const client of made) this.add(client);
    return made;
  }

  override add(client: Client): void {
    super.add(client);
    this.secrets.add(secretKey(client.domain_id, client.secret));
  }

  override remove(client: Client): void {
    super.remove(client);
    this.secrets.delete(secretKey(client.domain_id, client.secret));
  }

  override clear(): void {
    super.clear();
    this.secrets.clear();
  }

  /** @throws Refusal when the secret is too long or another client of the domain has it. */
  setSecret(client: Client, secret: string): void {
    if (secret === client.secret) return;
    if (isTooLong(secret)) throw unprocessable('update entity failed');
    this.requireFreeSecret(client.domain_id, secret);
    this.secrets.delete(secretKey(client.domain_id, client.secret));
    client.secret = secret;
    this.secrets.add(secretKey(client.domain_id, secret));
  }

  private requireFreeSecret(
    domainId: string,
    secret: string,
    alsoTaken: ReadonlySet<string> = new Set(),
  ): void {
    const key = secretKey(domainId, secret);
    if (this.secrets.has(key) || alsoTaken.has(key)) throw badRequest('client key is not available');
  }
}

const secretKey = (domainId: string, secret: string) => `${domainId} ${secret}`;
const isTooLong = (secret: string) => [...secret].length > MOST_SECRET_CHARS;

function newClient(body: ClientBody, session: Session, clock: Clock): Client {
  const credentials = body.credentials ?? {};
  return {
    ...newEntity(body, session, clock),
    identity: credentials.identity ?? '',
    secret: credentials.secret || randomUUID(),
    private_metadata: body.private_metadata ?? {},
  };
}

/** What is checked before permissions are. @throws Refusal */
export function checkClient({ id, name }: ClientBody): void {
  if (id && !isUuid(id)) throw badRequest('invalid id format provided');
  checkName(name);
}

/** The wire form (Magistrala wire §2.1). `credentials` is there even when it is empty. */
export function presentClient(
  client: Client,
  show: { readonly secret: boolean; readonly private: boolean },
): object {
  const { id, name, tags, domain_id, parent_group_id, metadata, updated_by, identity, secret } = client;
  return {
    id,
    ...omitEmpty({ name, tags, domain_id, parent_group_id }),
    credentials: omitEmpty({ identity, ...(show.secret && { secret }) }),
    ...omitEmpty({ metadata, ...(show.private && { private_metadata: client.private_metadata }) }),
    created_at: client.created_at,
    updated_at: client.updated_at,
    ...omitEmpty({ updated_by }),
    status: client.status,
  };
}
