import { ApiProperty } from '@nestjs/swagger';
import { GO_DURATION, parseDuration } from '@org/domain';
import { IsNotEmpty, IsOptional, IsString } from 'class-validator';
import { HttpFailure } from '../errors/http-failure.js';
import { WIRE } from '../errors/messages.js';
import { type Missing, validated } from '../request/validate.js';

export class CertRequestDto {
  @ApiProperty({ example: 'c22b0c0f-8c03-40da-a06b-37ed3a72c8d1', description: 'Becomes the common name' })
  @IsString()
  @IsNotEmpty()
  client_id!: string;

  @ApiProperty({
    required: false,
    example: '720h',
    pattern: GO_DURATION.source,
    description: 'Lifetime as a Go duration; default: as configured',
  })
  @IsOptional()
  @IsString()
  ttl?: string;
}

export class CertResponseDto {
  @ApiProperty({ description: 'PEM' })
  certificate!: string;

  @ApiProperty({ description: 'PEM; returned once and not stored' })
  key!: string;
}

const REQUIRED: readonly Missing[] = [
  { field: 'client_id', status: 400, message: WIRE.missingId, code: 'missing_client_id' },
];

export function parseCertRequest(body: object): { clientId: string; ttl: string | undefined } {
  const { client_id: clientId, ttl } = validated(CertRequestDto, body, REQUIRED);
  if (ttl && !(parseDuration(ttl)! > 0))
    throw new HttpFailure(400, {
      kind: 'invalid',
      code: 'invalid_ttl',
      message: 'ttl must be a duration above zero, such as 720h or 90m',
      details: { field: 'ttl' },
    });
  return { clientId, ttl: ttl || undefined };
}
