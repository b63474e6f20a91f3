import { ApiProperty } from '@nestjs/swagger';
import type { JsonObject } from '@org/domain';
import type { ProvisionResult } from '@org/provisioning';

/** What `POST /{domainID}/mapping` answers (Magistrala wire §7.1, and its README where the two differ). */
export class ProvisionResponseDto {
  @ApiProperty({
    type: 'array',
    items: { type: 'object', additionalProperties: true },
    description: 'Clients as Magistrala returns them, final metadata included, and `key`: the client secret.',
  })
  clients!: JsonObject[];

  @ApiProperty({ type: 'array', items: { type: 'object', additionalProperties: true } })
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
