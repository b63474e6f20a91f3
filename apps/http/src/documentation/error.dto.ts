import { ApiProperty } from '@nestjs/swagger';

/** The shape of every error. */
export class ErrorDto {
  @ApiProperty({ example: 'failed to create client' })
  message!: string;

  @ApiProperty({
    required: false,
    example: 'clients_failed',
    description: 'Stable code for programs; `provision explain CODE` explains it',
  })
  code?: string;

  @ApiProperty({ required: false, example: 'device.model', description: 'The invalid field' })
  field?: string;

  @ApiProperty({
    required: false,
    example: 'offset',
    description: 'The known name most similar to the unknown one',
  })
  nearest?: string;

  @ApiProperty({ required: false, description: 'What to do about it' })
  hint?: string;

  @ApiProperty({
    required: false,
    description: 'Id of the request, as in the header X-Request-Id and in the log',
  })
  request_id?: string;

  @ApiProperty({ required: false, example: 'clients', description: 'The step of provisioning that failed' })
  step?: string;

  @ApiProperty({
    selfRequired: false,
    type: 'object',
    additionalProperties: true,
    description: 'What the platform answered: service, operation, status, message',
  })
  upstream?: object;

  @ApiProperty({
    required: false,
    type: 'array',
    items: {
      type: 'object',
      properties: { type: { type: 'string' }, id: { type: 'string' }, reason: { type: 'string' } },
    },
    description: 'What could not be removed yet; its removal is retried automatically',
  })
  leftovers?: object[];
}
