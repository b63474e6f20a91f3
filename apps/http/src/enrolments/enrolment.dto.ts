import { ApiProperty } from '@nestjs/swagger';
import type { EnrolmentView } from '@org/enrolment';
import { DeviceDto } from '../documentation/device.dto.js';
import type { Paging } from '../request/paging.js';
import { rfc3339 } from '../request/rfc3339.js';

export const STATES = [
  'pending',
  'approving',
  'approved',
  'redeeming',
  'redeemed',
  'denied',
  'expired',
] as const satisfies readonly EnrolmentView['state'][];

const time = (description: string, required = false) =>
  ApiProperty({ required, format: 'date-time', description });
const optional = (description: string) => ApiProperty({ required: false, description });

export class EnrolmentDto {
  @ApiProperty({ format: 'uuid' })
  id!: string;

  @ApiProperty({
    enum: STATES,
    description: '`approving` and `redeeming`: in progress, or interrupted and resumed automatically',
  })
  state!: string;

  @ApiProperty({
    enum: ['key', 'ticket'],
    description:
      '`key`: bound to the key below from the start. `ticket`: a legacy device, which created the code itself and sends its ' +
      'key last; nothing here tells it from another one, so approve only the device in front of you',
  })
  binding!: string;

  @optional("Lower-case hex SHA-256 of the key's SPKI; compare it with what the device shows")
  key_fingerprint?: string;

  @ApiProperty({ description: 'What the device reports about itself; not verified' })
  device!: DeviceDto;

  @ApiProperty({ description: 'The network address of the request, as this service saw it' })
  origin!: string;

  @time('When the device began', true)
  created_at!: string;

  @time('Until when it must be approved', true)
  expires_at!: string;

  @optional('Whose it is, from the approval or refusal on')
  domain_id?: string;

  @optional('The operator')
  approved_by?: string;

  @time('When it was approved or, while `approving`, when that began')
  approved_at?: string;

  @optional('The operator')
  denied_by?: string;

  @time('Until when the device must fetch its certificate')
  redeem_by?: string;

  @time('When it did')
  redeemed_at?: string;

  @time('When it came to its end, whichever')
  finished_at?: string;

  @optional('Id of the device; known once approved')
  machine_id?: string;

  @optional('The name given at the approval')
  name?: string;

  @optional('Of its bootstrap configuration; absent where no platform is configured')
  external_id?: string;

  @ApiProperty({
    description:
      'It was denied or expired after its approval, and the resources that the approval created are being removed',
  })
  removal_due!: boolean;
}

export class EnrolmentsDto {
  @ApiProperty()
  total!: number;

  @ApiProperty()
  offset!: number;

  @ApiProperty()
  limit!: number;

  @ApiProperty({ type: [EnrolmentDto] })
  enrolments!: EnrolmentDto[];
}

export function toEnrolment(view: EnrolmentView): EnrolmentDto {
  const { id, state, binding, device, origin, name } = view;
  return {
    id,
    state,
    binding,
    key_fingerprint: view.keyFingerprint,
    device,
    origin,
    created_at: rfc3339(view.createdAt),
    expires_at: rfc3339(view.expiresAt),
    domain_id: view.domainId,
    approved_by: view.approvedBy,
    approved_at: rfc3339(view.approvedAt),
    denied_by: view.deniedBy,
    redeem_by: rfc3339(view.redeemBy),
    redeemed_at: rfc3339(view.redeemedAt),
    finished_at: rfc3339(view.finishedAt),
    machine_id: view.machineId,
    name,
    external_id: view.externalId,
    removal_due: view.undoDue,
  };
}

interface Page extends Paging {
  readonly total: number;
  readonly enrolments: readonly EnrolmentView[];
}

export const toEnrolments = ({ enrolments, total, offset, limit }: Page): EnrolmentsDto => ({
  total,
  offset,
  limit,
  enrolments: enrolments.map(toEnrolment),
});
