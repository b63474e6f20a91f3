import { ApiProperty } from '@nestjs/swagger';
import { PRINTABLE, Secret } from '@org/domain';
import type { ApproveCall } from '@org/enrolment';
import { IsNotEmpty, IsOptional, IsString, Matches, MaxLength } from 'class-validator';
import { EXTERNAL_ID, EXTERNAL_KEY, NAME } from '../documentation/gateway-fields.js';
import { fitted } from '../request/validate.js';

const LONGEST_NAME = 1_024;

/** Eight letters, or six letters and digits of a legacy device, with any separators that people type. */
const TYPED_CODE = {
  maxLength: 32,
  pattern: '^[\\s\\-\\u2010-\\u2015]*(?:[A-Za-z0-9][\\s\\-\\u2010-\\u2015]*){6,8}$',
};

export class LookUpDto {
  @ApiProperty({
    ...TYPED_CODE,
    example: 'BCDF-GHJK',
    description:
      'What the device shows; case, dashes and spaces do not count. Never in an address, only here.',
  })
  @IsString()
  code!: string;
}

export class ApproveDto {
  @ApiProperty({ ...NAME, example: 'press-4', description: "The gateway's name; need not be unique." })
  @IsString()
  @IsNotEmpty()
  @MaxLength(LONGEST_NAME)
  @Matches(PRINTABLE, { message: 'name must not contain control characters' })
  name!: string;

  @ApiProperty({
    ...EXTERNAL_ID,
    required: false,
    example: '33:52:77:99:43',
    description: 'Identifier that the gateway bootstraps with; generated when absent. No "/".',
  })
  @IsOptional()
  @IsString()
  @IsNotEmpty()
  external_id?: string;

  @ApiProperty({
    ...EXTERNAL_KEY,
    required: false,
    description:
      'What it then authenticates with, at most 72 bytes. Best left out: a generated one goes to the device with its ' +
      'certificate, and to no one else.',
  })
  @IsOptional()
  @IsString()
  @IsNotEmpty()
  external_key?: string;

  @ApiProperty({ required: false, description: 'Name of a configured layout; default: the main one.' })
  @IsOptional()
  @IsString()
  @IsNotEmpty()
  layout?: string;
}

export const parseLookUp = (body: object): Secret => new Secret(fitted(LookUpDto, body).code);

export function parseApprove(body: object): ApproveCall['request'] {
  const { name, external_id: externalId, external_key: externalKey, layout } = fitted(ApproveDto, body);
  return {
    name,
    ...(externalId != null && { externalId }),
    ...(externalKey != null && { externalKey: new Secret(externalKey) }),
    ...(layout != null && { layout }),
  };
}
