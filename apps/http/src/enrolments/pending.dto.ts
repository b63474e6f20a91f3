import { ApiProperty } from '@nestjs/swagger';
import type { DropPendingCall } from '@org/enrolment';
import { ArrayMaxSize, ArrayMinSize, Equals, IsArray, IsOptional, IsString, IsUUID } from 'class-validator';
import { HttpFailure } from '../errors/http-failure.js';
import { fitted } from '../request/validate.js';

const MOST_IDS = 100;

/** Exactly one of the three. */
export class DropDto {
  @ApiProperty({ required: false, type: [String], maxItems: MOST_IDS, description: 'Ids of waiting devices' })
  @IsOptional()
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(MOST_IDS)
  @IsUUID(undefined, { each: true })
  ids?: string[];

  @ApiProperty({
    required: false,
    example: '2001:db8::/48',
    description:
      'All that come from this IP address or network: of IPv4 a /8, /16 or /24, of IPv6 up to /64 in steps of 4',
  })
  @IsOptional()
  @IsString()
  origin?: string;

  @ApiProperty({ required: false, enum: [true], description: 'All waiting devices' })
  @IsOptional()
  @Equals(true, { message: 'all must be true, or absent' })
  all?: boolean;
}

export class DroppedDto {
  @ApiProperty({ description: 'Number of dropped devices' })
  dropped!: number;
}

export function parseDrop(body: object): DropPendingCall['which'] {
  const { ids, origin, all } = fitted(DropDto, body);
  const given: DropPendingCall['which'][] = [
    ...(ids == null ? [] : [{ ids }]),
    ...(origin == null ? [] : [{ origin }]),
    ...(all ? [{ all }] : []),
  ];
  if (given.length === 1) return given[0]!;
  throw new HttpFailure(400, {
    kind: 'invalid',
    code: 'invalid_field',
    message: 'give exactly one of ids, origin, or all: true',
    details: { field: 'ids' },
  });
}
