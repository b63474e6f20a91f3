import { ApiProperty } from '@nestjs/swagger';
import type { UnfinishedRemoval } from '@org/provisioning';

export class LeftoverDto {
  @ApiProperty({ enum: ['configuration', 'certificate', 'client', 'channel'] })
  type!: string;

  @ApiProperty({ description: 'Its id, or serial; empty when even that could not be found out' })
  id!: string;

  @ApiProperty()
  reason!: string;
}

export class UnfinishedRemovalDto {
  @ApiProperty()
  run_id!: string;

  @ApiProperty()
  external_id!: string;

  @ApiProperty()
  name!: string;

  @ApiProperty({ format: 'date-time' })
  started_at!: string;

  @ApiProperty({ description: 'Removals tried so far' })
  attempts!: number;

  @ApiProperty({ format: 'date-time' })
  next_attempt_at!: string;

  @ApiProperty({ type: [LeftoverDto] })
  items!: LeftoverDto[];
}

export class LeftoversDto {
  @ApiProperty()
  total!: number;

  @ApiProperty()
  offset!: number;

  @ApiProperty()
  limit!: number;

  @ApiProperty({ type: [UnfinishedRemovalDto] })
  leftovers!: UnfinishedRemovalDto[];
}

interface Page {
  readonly total: number;
  readonly offset: number;
  readonly limit: number;
  readonly runs: readonly UnfinishedRemoval[];
}

export function toLeftovers({ runs, ...page }: Page): LeftoversDto {
  const leftovers = runs.map(({ runId, externalId, name, startedAt, attempts, nextAttemptAt, items }) => ({
    run_id: runId,
    external_id: externalId,
    name,
    started_at: new Date(startedAt).toISOString(),
    attempts,
    next_attempt_at: new Date(nextAttemptAt).toISOString(),
    items: [...items],
  }));
  return { ...page, leftovers };
}
