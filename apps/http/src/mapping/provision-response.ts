import { ApiProperty } from '@nestjs/swagger';
import type { OpenAPIObject } from '@nestjs/swagger';
import type { JsonObject } from '@org/domain';
import type { ProvisionResult } from '@org/provisioning';

type SchemaObject = Extract<
  NonNullable<NonNullable<OpenAPIObject['components']>['schemas']>[string],
  { properties?: unknown }
>;

const TEXT = { type: 'string' } as const;
const TIME = { type: 'string', format: 'date-time' } as const;
/** What clients and channels have in common (Magistrala wire §2.1, §3.1); there may be more. */
const ENTITY = {
  id: { ...TEXT, format: 'uuid' },
  name: TEXT,
  domain_id: TEXT,
  tags: { type: 'array', items: TEXT },
  metadata: { type: 'object', additionalProperties: true },
  created_at: TIME,
  updated_at: TIME,
  updated_by: TEXT,
  status: { ...TEXT, enum: ['enabled', 'disabled', 'deleted'] },
} satisfies Record<string, SchemaObject>;
const CLIENT = {
  type: 'object',
  additionalProperties: true,
  required: ['id', 'key'],
  properties: {
    ...ENTITY,
    key: { ...TEXT, description: 'The client secret, as in `credentials`' },
    credentials: { type: 'object', properties: { identity: TEXT, secret: TEXT } },
  },
} satisfies SchemaObject;
const CHANNEL = {
  type: 'object',
  additionalProperties: true,
  required: ['id'],
  properties: { ...ENTITY, route: TEXT },
} satisfies SchemaObject;

/** What `POST /{domainID}/mapping` answers (Magistrala wire §7.1, and its README where the two differ). */
export class ProvisionResponseDto {
  @ApiProperty({
    type: 'array',
    items: CLIENT,
    description: 'Clients as Magistrala returns them, final metadata included, and `key`: the client secret.',
  })
  clients!: JsonObject[];

  @ApiProperty({ type: 'array', items: CHANNEL, description: 'Channels as Magistrala returns them.' })
  channels!: JsonObject[];

  @ApiProperty({
    selfRequired: false,
    type: 'object',
    additionalProperties: { type: 'boolean' },
    description: 'By client id: true when its bootstrap configuration is enabled.',
  })
  whitelisted?: Record<string, boolean>;

  @ApiProperty({
    selfRequired: false,
    type: 'object',
    additionalProperties: { type: 'string' },
    description: 'PEM by client id.',
  })
  client_cert?: Record<string, string>;

  @ApiProperty({
    selfRequired: false,
    type: 'object',
    additionalProperties: { type: 'string' },
    description: 'PEM by client id.',
  })
  client_key?: Record<string, string>;

  @ApiProperty({ required: false, description: "PEM chain of the certificates' issuer." })
  ca_cert?: string;
}

export function toProvisionResponse(result: ProvisionResult): ProvisionResponseDto {
  const { clients, channels, configuration, issuerChain } = result;
  const issued = clients.flatMap(({ id, certificate }) => (certificate ? [{ id, ...certificate }] : []));
  return {
    clients: clients.map(({ view, secret }) => ({ ...view, key: secret })),
    channels: channels.map(({ view }) => view),
    ...(configuration?.enabled && { whitelisted: { [configuration.clientId]: true } }),
    ...(issued.length > 0 && {
      client_cert: Object.fromEntries(issued.map(({ id, certificate }) => [id, certificate])),
      client_key: Object.fromEntries(issued.map(({ id, key }) => [id, key])),
    }),
    ...(issuerChain && { ca_cert: issuerChain }),
  };
}
