import { ApiProperty } from '@nestjs/swagger';
import { IsOptional, IsString } from 'class-validator';

/** Characters that are kept of each; the rest is cut off. */
const LONGEST = 128;
const fact = (description: string, example: string) =>
  ApiProperty({ required: false, maxLength: LONGEST, description, example });

/** What a device says of itself. Nothing of it is proven. */
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
