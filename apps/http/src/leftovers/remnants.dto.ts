import { ApiProperty } from '@nestjs/swagger';
import type { RunRemnants } from '@org/provisioning';
import { LeftoverDto } from './leftover.dto.js';

export class RunRemnantsDto {
  @ApiProperty()
  run_id!: string;

  @ApiProperty()
  external_id!: string;

  @ApiProperty({ format: 'date-time', description: 'When the first of them was found' })
  found_at!: string;

  @ApiProperty({ type: [LeftoverDto] })
  items!: LeftoverDto[];

  @ApiProperty({ required: false, format: 'date-time', description: 'Absent until they are acknowledged' })
  acknowledged_at?: string;

  @ApiProperty({ required: false, description: 'The operator who acknowledged them' })
  acknowledged_by?: string;
}

export const toRunRemnants = ({
  runId,
  externalId,
  foundAt,
  items,
  acknowledged,
}: RunRemnants): RunRemnantsDto => ({
  run_id: runId,
  external_id: externalId,
  found_at: new Date(foundAt).toISOString(),
  items: items.map(({ type, id, reason }) => ({ type, id, reason })),
  ...(acknowledged && {
    acknowledged_at: new Date(acknowledged.at).toISOString(),
    acknowledged_by: acknowledged.by,
  }),
});
