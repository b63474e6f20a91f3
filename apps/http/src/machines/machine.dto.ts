import { ApiProperty } from '@nestjs/swagger';
import { COUNTED_AT_MOST, type Position } from '@org/domain';
import type { Gateway, Machine } from '@org/enrolment';
import type { CertificateRecord } from '@org/pki';
import { DeviceDto } from '../documentation/device.dto.js';
import { type Paging, formatCursor } from '../request/paging.js';
import { rfc3339 } from '../request/rfc3339.js';

export const MACHINE_STATES = ['active', 'revoked'] as const satisfies readonly Machine['state'][];

const time = (description: string, required = false) =>
  ApiProperty({ required, format: 'date-time', description });

class GatewayDto {
  @ApiProperty({ description: 'The provisioning run that created it' })
  run_id!: string;

  @ApiProperty()
  external_id!: string;

  @ApiProperty()
  client_ids!: string[];

  @ApiProperty()
  channel_ids!: string[];

  @ApiProperty({ required: false })
  configuration_id?: string;
}

class ReissueDto {
  @ApiProperty({ description: 'The operator' })
  by!: string;

  @time('When', true)
  at!: string;
}

class RevocationDto extends ReissueDto {
  @ApiProperty({ example: 'keyCompromise', description: 'As in RFC 5280, section 5.3.1' })
  reason!: string;
}

export class MachineDto {
  @ApiProperty({ description: 'Common name of its certificates: the id of its gateway client, or a UUID' })
  id!: string;

  @ApiProperty()
  domain_id!: string;

  @ApiProperty({ description: 'The name given at the approval' })
  name!: string;

  @ApiProperty({ enum: MACHINE_STATES })
  state!: string;

  @ApiProperty({ description: 'What it said of itself when it began; not proven' })
  device!: DeviceDto;

  @ApiProperty({ format: 'uuid' })
  enrolment_id!: string;

  @ApiProperty({ enum: ['key', 'ticket'], description: 'How it enrolled; `ticket`: a legacy device' })
  binding!: string;

  @ApiProperty({ description: 'The operator' })
  approved_by!: string;

  @time('When it fetched its certificate', true)
  enrolled_at!: string;

  @time('When it last showed a certificate')
  last_seen_at?: string;

  @ApiProperty({ description: 'Renewals with an expired certificate since it last had a valid one' })
  late_renewals!: number;

  @ApiProperty({
    required: false,
    description: 'What its approval created; absent without a platform',
  })
  gateway?: GatewayDto;

  @ApiProperty({ required: false, description: 'An operator requested a new certificate' })
  reissue?: ReissueDto;

  @ApiProperty({ required: false })
  revocation?: RevocationDto;

  @ApiProperty({ description: 'What its approval created on the platform is still to be removed' })
  removal_due!: boolean;
}

class MachineCertificateDto {
  @ApiProperty({ description: 'Lower-case hex' })
  serial!: string;

  @ApiProperty({
    enum: ['intended', 'signed', 'unsigned', 'revoked'],
    description: '`intended`, `unsigned`: recorded, but never handed out',
  })
  state!: string;

  @time('Start of its validity', true)
  not_before!: string;

  @time('End of its validity', true)
  not_after!: string;

  @ApiProperty({ description: "Lower-case hex SHA-256 of the key's SPKI" })
  key_fingerprint!: string;

  @time('When the machine first used it')
  used_at?: string;

  @time('When it was revoked')
  revoked_at?: string;

  @ApiProperty({ required: false, description: 'As in RFC 5280, section 5.3.1' })
  revocation_reason?: string;
}

export class MachineWithCertificatesDto extends MachineDto {
  @ApiProperty({ type: [MachineCertificateDto], description: 'All its certificates, oldest first' })
  certificates!: MachineCertificateDto[];
}

export class MachinesDto {
  @ApiProperty({ maximum: COUNTED_AT_MOST, description: `${COUNTED_AT_MOST} stands for that many or more` })
  total!: number;

  @ApiProperty()
  offset!: number;

  @ApiProperty()
  limit!: number;

  @ApiProperty({ required: false, description: 'Value for `after`; absent on the last page' })
  next?: string;

  @ApiProperty({ type: [MachineDto] })
  machines!: MachineDto[];
}

export function toMachine(machine: Machine): MachineDto {
  const { id, domainId, name, state, device, enrolmentId, binding, approvedBy, gateway } = machine;
  const { reissue, revocation } = machine;
  return {
    id,
    domain_id: domainId,
    name,
    state,
    device,
    enrolment_id: enrolmentId,
    binding,
    approved_by: approvedBy,
    enrolled_at: rfc3339(machine.enrolledAt),
    last_seen_at: rfc3339(machine.lastSeenAt),
    late_renewals: machine.lateRenewals,
    ...(gateway && { gateway: toGateway(gateway) }),
    ...(reissue && { reissue: { by: reissue.by, at: rfc3339(reissue.at) } }),
    ...(revocation && { revocation: { ...revocation, at: rfc3339(revocation.at) } }),
    removal_due: machine.removalDue,
  };
}

const toGateway = ({ runId, externalId, clientIds, channelIds, configurationId }: Gateway): GatewayDto => ({
  run_id: runId,
  external_id: externalId,
  client_ids: [...clientIds],
  channel_ids: [...channelIds],
  ...(configurationId !== undefined && { configuration_id: configurationId }),
});

export const toMachineCertificate = (record: CertificateRecord): MachineCertificateDto => ({
  serial: record.serial,
  state: record.state,
  not_before: rfc3339(record.notBefore),
  not_after: rfc3339(record.notAfter),
  key_fingerprint: record.keyFingerprint,
  used_at: rfc3339(record.usedAt),
  revoked_at: rfc3339(record.revocation?.at),
  revocation_reason: record.revocation?.reason,
});

interface Page extends Paging {
  readonly total: number;
  readonly next?: Position;
  readonly machines: readonly Machine[];
}

export const toMachines = ({ machines, total, offset, limit, next }: Page): MachinesDto => ({
  total,
  offset,
  limit,
  ...(next && { next: formatCursor(next) }),
  machines: machines.map(toMachine),
});
