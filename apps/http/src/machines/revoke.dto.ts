import { inField, type RevocationReason } from '@org/domain';
import { ApiProperty } from '@nestjs/swagger';
import type { RevokeCall } from '@org/enrolment';
import { REVOCATION_REASONS, parseRevocationReason } from '@org/pki';
import { IsBoolean, IsOptional, IsString } from 'class-validator';
import { fitted } from '../request/validate.js';

export class RevokeDto {
  @ApiProperty({
    required: false,
    enum: Object.keys(REVOCATION_REASONS),
    default: 'unspecified',
    description: 'Written into the CRL (RFC 5280, section 5.3.1)',
  })
  @IsOptional()
  @IsString()
  reason?: string;

  @ApiProperty({
    required: false,
    default: false,
    description: 'Whether to remove its gateway from the platform too: clients, channels, configuration',
  })
  @IsOptional()
  @IsBoolean()
  remove_gateway?: boolean;
}

export function parseRevoke(body: object): Pick<RevokeCall, 'reason' | 'removeGateway'> {
  const { reason, remove_gateway: removeGateway } = fitted(RevokeDto, body);
  return { reason: parseReason(reason ?? 'unspecified'), removeGateway: removeGateway ?? false };
}

function parseReason(reason: string): RevocationReason {
  try {
    return parseRevocationReason(reason);
  } catch (error) {
    return inField('reason')(error);
  }
}
