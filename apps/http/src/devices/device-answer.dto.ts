import { ApiProperty } from '@nestjs/swagger';
import type { EnrolmentBegun, EnrolmentPolled, Identity } from '@org/enrolment';
import { certificatePem } from '@org/x509';
import { rfc3339 } from '../request/rfc3339.js';

const MS = 1_000;

export class BegunDto {
  @ApiProperty({
    example: 'BCDF-GHJK',
    description: 'To be shown. 8 letters, or 10 while many devices wait: BCDFG-HJKLM',
  })
  code!: string;

  @ApiProperty({ description: 'For the next two calls; the device keeps it secret' })
  polling_secret!: string;

  @ApiProperty({ required: false, description: 'Where an operator types the code' })
  verification_url?: string;

  @ApiProperty({ description: 'Seconds in which the code can be approved' })
  expires_in!: number;

  @ApiProperty({ description: 'Seconds between two polls' })
  interval!: number;

  @ApiProperty({ description: "Lower-case hex SHA-256 of the key's SPKI, as the operator sees it" })
  key_fingerprint!: string;
}

export class PolledDto {
  @ApiProperty({ enum: ['pending', 'approved', 'redeemed', 'denied', 'expired'] })
  state!: string;

  @ApiProperty({
    description: 'Polled too early: use the interval of this answer from now on (RFC 8628, section 3.5)',
  })
  slow_down!: boolean;

  @ApiProperty({ description: 'Seconds' })
  interval!: number;

  @ApiProperty({ required: false, description: 'Id of the device; known once approved' })
  machine_id?: string;
}

class BootstrapDto {
  @ApiProperty({ description: 'Base address of the bootstrap service, without /clients/bootstrap' })
  url!: string;

  @ApiProperty()
  external_id!: string;

  @ApiProperty()
  external_key!: string;
}

export class IdentityDto {
  @ApiProperty({ description: 'Common name of the certificate' })
  machine_id!: string;

  @ApiProperty({ description: 'Lower-case hex' })
  serial!: string;

  @ApiProperty({ description: 'PEM' })
  certificate!: string;

  @ApiProperty({
    description:
      'PEM each: what stands between certificate and root, issuer first; roots that vouch for newer ones',
  })
  ca_bundle!: string[];

  @ApiProperty({ description: 'PEM' })
  root!: string;

  @ApiProperty({ format: 'date-time' })
  not_after!: string;

  @ApiProperty({ format: 'date-time', description: 'Recommended time of renewal' })
  renew_at!: string;

  @ApiProperty({
    required: false,
    description: 'How to fetch the bootstrap configuration; absent without a platform',
  })
  bootstrap?: BootstrapDto;
}

export const toBegun = (begun: EnrolmentBegun): BegunDto => ({
  code: begun.code.reveal(),
  polling_secret: begun.pollingSecret.reveal(),
  ...(begun.verificationUrl !== undefined && { verification_url: begun.verificationUrl }),
  expires_in: Math.floor(begun.lifetimeMs / MS),
  interval: Math.ceil(begun.intervalMs / MS),
  key_fingerprint: begun.keyFingerprint,
});

export const toPolled = ({ state, slowDown, intervalMs, machineId }: EnrolmentPolled): PolledDto => ({
  state,
  slow_down: slowDown,
  interval: Math.ceil(intervalMs / MS),
  ...(machineId !== undefined && { machine_id: machineId }),
});

export function toIdentity({ credentials, bootstrap }: Identity): IdentityDto {
  const { machineId, serial, certificate, caBundle, root, notAfter, renewAt } = credentials;
  return {
    machine_id: machineId,
    serial,
    certificate: certificatePem(certificate),
    ca_bundle: caBundle.map(certificatePem),
    root: certificatePem(root),
    not_after: rfc3339(notAfter),
    renew_at: rfc3339(renewAt),
    ...(bootstrap && {
      bootstrap: {
        url: bootstrap.url,
        external_id: bootstrap.externalId,
        external_key: bootstrap.externalKey.reveal(),
      },
    }),
  };
}
