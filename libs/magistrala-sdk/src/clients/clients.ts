import { randomUUID } from 'node:crypto';
import { Secret } from '@org/domain';
import { type DomainCallOptions, type HttpClient, path, refineBy } from '@org/http-client';
import { Entities } from '../entities.js';
import { CREATE_FAILED, conflict } from '../failures.js';
import { listQuery } from '../list.js';
import {
  type Client,
  type ClientChanges,
  type ClientListOptions,
  type NewClient,
  type WireClient,
  clientFromWire,
  clientToWire,
} from './client.js';

const SECRET_TAKEN = { '400 client key is not available': conflict('client_secret_taken') };

interface ClientTypes {
  readonly wire: WireClient;
  readonly entity: Client;
  readonly create: NewClient;
  readonly changes: ClientChanges;
  readonly list: ClientListOptions;
}

/**
 * Magistrala's clients service (Magistrala wire §2). An id that is taken answers a create with `ambiguous`
 * (`create_failed`), as a failing database does; a secret that is taken with `conflict` (`client_secret_taken`).
 */
export class Clients extends Entities<ClientTypes> {
  constructor(http: HttpClient) {
    super(http, {
      collection: 'clients',
      toWire: clientToWire,
      fromWire: clientFromWire,
      changesToWire: ({ name, metadata, privateMetadata }) => ({
        name,
        metadata,
        private_metadata: privateMetadata,
      }),
      query: (options) => ({
        ...listQuery(options),
        channel: options.channelId,
        connection_type: options.connectionType,
        group: options.groupId,
        user: options.userId,
        access_type: options.accessType,
      }),
      refineCreate: refineBy({ ...CREATE_FAILED, ...SECRET_TAKEN }),
      rivals: () => {
        const credentials = { secret: new Secret(randomUUID()) };
        return { pair: [{ credentials }, { credentials }], code: 'client_secret_taken' };
      },
      takenCode: 'create_failed',
    });
  }

  /**
   * Whether a client of the domain has this secret, seen or not: asked as `areFree` asks.
   *
   * @returns false also where the database fails
   */
  async isSecretTaken(secret: Secret, call: DomainCallOptions): Promise<boolean> {
    const id = randomUUID();
    const code = await this.refusalOf([{ credentials: { secret } }, { id }, { id }], call);
    return code === 'client_secret_taken';
  }

  /**
   * Replaces the MQTT password; the answer does not show it.
   *
   * @throws HttpError `conflict` (`client_secret_taken`) when another client of the domain has it.
   */
  async updateSecret(id: string, secret: Secret, call: DomainCallOptions): Promise<Client> {
    return this.patch(
      {
        operation: 'update_secret',
        path: path`/${call.domainId}/clients/${id}/secret`,
        json: { secret: secret.reveal() },
        refine: refineBy(SECRET_TAKEN),
      },
      call,
    );
  }
}
