import { ApiProperty } from '@nestjs/swagger';
import { IsOptional, IsString } from 'class-validator';

/** Characters; longer values are truncated. */
const LONGEST = 128;
const fact = (description: string, example: string) =>
  ApiProperty({ required: false, maxLength: LONGEST, description, example });

/** What a device reports about itself. Not verified. */
export class DeviceDto {
  @fact('Model', 'Gateway 7')
  @IsOptional()
  @IsString()
  model?: string;

  @fact('Serial number', 'SN-0042')
  @IsOptional()
  @IsString()
  serial?: string;

  @fact('Host name', 'press-4')
  @IsOptional()
  @IsString()
  hostname?: string;

  @fact('A network address, as the device sees it', '10.1.7.4')
  @IsOptional()
  @IsString()
  address?: string;
}
