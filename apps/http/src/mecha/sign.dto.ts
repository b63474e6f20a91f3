import { ApiProperty } from '@nestjs/swagger';
import type { LegacyDeviceSignCall } from '@org/enrolment';
import { IsIn, IsNotEmpty, IsString, Matches } from 'class-validator';
import { fittedLoosely } from '../request/validate.js';

const KINDS = ['Provision', 'ReIssue'] as const;

export class SignDto {
  @ApiProperty({ description: 'PKCS#10 in PEM; RSA of 2048 bits is accepted' })
  @IsString()
  @IsNotEmpty()
  csr!: string;

  @ApiProperty({ description: 'As in the manifest' })
  @IsString()
  @Matches(/^[\x21-\x7e]{1,128}$/, { message: 'machine_id must be the one in the manifest' })
  machine_id!: string;

  @ApiProperty({ enum: KINDS })
  @IsIn(KINDS)
  request_type!: (typeof KINDS)[number];
}

export function parseSign(body: object): Pick<LegacyDeviceSignCall, 'csr' | 'machineId' | 'requestType'> {
  const { csr, machine_id: machineId, request_type: requestType } = fittedLoosely(SignDto, body);
  return { csr: Buffer.from(csr), machineId, requestType };
}
