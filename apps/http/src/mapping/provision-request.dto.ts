import { Secret } from '@org/domain';
import type { ProvisionRequest } from '@org/provisioning';
import { ApiProperty } from '@nestjs/swagger';
import { IsNotEmpty, IsString } from 'class-validator';
import { EXTERNAL_ID, EXTERNAL_KEY, NAME } from '../documentation/gateway-fields.js';
import { WIRE } from '../errors/messages.js';
import { type Missing, validated } from '../request/validate.js';

export class ProvisionRequestDto {
  @ApiProperty({
    ...EXTERNAL_ID,
    example: '33:52:77:99:43',
    description: 'Identifier of the gateway, often its MAC address. Unique across the platform. No "/".',
  })
  @IsString()
  @IsNotEmpty()
  external_id!: string;

  @ApiProperty({
    ...EXTERNAL_KEY,
    example: '223334fw2',
    description: 'Key that the gateway authenticates with. At most 72 bytes.',
  })
  @IsString()
  @IsNotEmpty()
  external_key!: string;

  @ApiProperty({ ...NAME, example: 'gateway-a', description: "The gateway's name; need not be unique." })
  @IsString()
  @IsNotEmpty()
  name!: string;
}

const REQUIRED: readonly Missing[] = [
  { field: 'external_id', status: 400, message: WIRE.missingId, code: 'missing_external_id' },
  // 401 although no one's identity is in doubt: that is what callers of this wire know (Magistrala wire §7.2).
  { field: 'external_key', status: 401, message: WIRE.missingKey, code: 'missing_external_key' },
  { field: 'name', status: 400, message: WIRE.missingName, code: 'missing_name' },
];

export function parseProvisionRequest(body: object): ProvisionRequest {
  const dto = validated(ProvisionRequestDto, body, REQUIRED);
  return { name: dto.name, externalId: dto.external_id, externalKey: new Secret(dto.external_key) };
}
