import { ApiProperty } from '@nestjs/swagger';

/** A resource that a failed run created. */
export class LeftoverDto {
  @ApiProperty({ enum: ['configuration', 'certificate', 'client', 'channel'] })
  type!: string;

  @ApiProperty({ description: 'Its id or serial number; empty if unknown' })
  id!: string;

  @ApiProperty({ description: 'Why it was not removed' })
  reason!: string;
}
