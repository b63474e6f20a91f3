import { ApiProperty } from '@nestjs/swagger';
import { Secret } from '@org/domain';
import type { BeginRequest, RedeemCall } from '@org/enrolment';
import { IsNotEmpty, IsObject, IsOptional, IsString, ValidateNested } from 'class-validator';
import { DeviceDto } from '../documentation/device.dto.js';
import { fitted } from '../request/validate.js';

export class BeginDto {
  @ApiProperty({
    description:
      "PKCS#10 in PEM, signed by the device's key: P-256, P-384, Ed25519, or RSA of 2048 bits and more. The subject is " +
      'best left empty. What the authority does not grant is refused here, before an operator sees it.',
  })
  @IsString()
  @IsNotEmpty()
  csr!: string;

  @ApiProperty({ required: false, description: 'Values over 128 characters are truncated' })
  @IsOptional()
  @IsObject()
  @ValidateNested()
  device?: DeviceDto;
}

export class PollDto {
  @ApiProperty({ description: 'From the answer that began the enrolment' })
  @IsString()
  @IsNotEmpty()
  polling_secret!: string;
}

export class RedeemDto extends PollDto {
  @ApiProperty({
    description:
      'PKCS#10 in PEM, by the same key as at the beginning. Its common name is empty, the machine id, or as at the beginning.',
  })
  @IsString()
  @IsNotEmpty()
  csr!: string;
}

export function parseBegin(body: object): Pick<BeginRequest, 'csr' | 'device'> {
  const { csr, device } = fitted(BeginDto, body);
  const facts = (['model', 'serial', 'hostname', 'address'] as const).flatMap((name) => {
    const fact = device?.[name];
    return fact == null ? [] : [[name, fact] as const];
  });
  return { csr: Buffer.from(csr), device: Object.fromEntries(facts) };
}

export const parsePoll = (body: object): RedeemCall['credentials'] => ({
  pollingSecret: new Secret(fitted(PollDto, body).polling_secret),
});

export function parseRedeem(body: object): RedeemCall {
  const { polling_secret: pollingSecret, csr } = fitted(RedeemDto, body);
  return { credentials: { pollingSecret: new Secret(pollingSecret) }, csr: Buffer.from(csr) };
}
