import { ApiProperty } from '@nestjs/swagger';
import type { RunJournal, Remnants, UnfinishedRemoval } from '@org/provisioning';
import type { Paging } from '../request/paging.js';
import { LeftoverDto } from './leftover.dto.js';
import { RunRemnantsDto, toRunRemnants } from './remnants.dto.js';

class UnfinishedRemovalDto {
  @ApiProperty()
  run_id!: string;

  @ApiProperty()
  external_id!: string;

  @ApiProperty()
  name!: string;

  @ApiProperty({ format: 'date-time' })
  started_at!: string;

  @ApiProperty({ description: 'Number of removal attempts so far' })
  attempts!: number;

  @ApiProperty({ format: 'date-time' })
  next_attempt_at!: string;

  @ApiProperty({ type: [LeftoverDto] })
  items!: LeftoverDto[];
}

export class LeftoversDto {
  @ApiProperty({ description: 'Runs with leftovers' })
  total!: number;

  @ApiProperty()
  offset!: number;

  @ApiProperty()
  limit!: number;

  @ApiProperty({ type: [UnfinishedRemovalDto], description: 'Removal is retried' })
  leftovers!: UnfinishedRemovalDto[];

  @ApiProperty({ description: 'Runs with remnants' })
  remnants_total!: number;

  @ApiProperty({
    type: [RunRemnantsDto],
    description: "The platform's API can never remove them; see docs/how-to/remnants.md",
  })
  remnants!: RunRemnantsDto[];
}

interface Found {
  readonly paging: Paging;
  readonly unfinished: Awaited<ReturnType<RunJournal['unfinished']>>;
  readonly remnants: Awaited<ReturnType<Remnants['list']>>;
}

export const toLeftovers = ({ paging, unfinished, remnants }: Found): LeftoversDto => ({
  total: unfinished.total,
  ...paging,
  leftovers: unfinished.runs.map(toUnfinishedRemoval),
  remnants_total: remnants.total,
  remnants: remnants.runs.map(toRunRemnants),
});

const toUnfinishedRemoval = ({
  runId,
  externalId,
  name,
  startedAt,
  attempts,
  nextAttemptAt,
  items,
}: UnfinishedRemoval): UnfinishedRemovalDto => ({
  run_id: runId,
  external_id: externalId,
  name,
  started_at: new Date(startedAt).toISOString(),
  attempts,
  next_attempt_at: new Date(nextAttemptAt).toISOString(),
  items: items.map(({ type, id, reason }) => ({ type, id, reason })),
});
