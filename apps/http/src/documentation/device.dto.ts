import { ApiProperty } from '@nestjs/swagger';
import { IsOptional, IsString, MaxLength } from 'class-validator';

const LONGEST = 256;
const fact = (description: string, example: string) =>
  ApiProperty({ required: false, maxLength: LONGEST, description, example });

/** What a device says of itself. Nothing of it is proven. */
export class DeviceDto {
  @fact('Model', 'Gateway 7')
  @IsOptional()
  @IsString()
  @MaxLength(LONGEST)
  model?: string;

  @fact('Serial number', 'SN-0042')
  @IsOptional()
  @IsString()
  @MaxLength(LONGEST)
  serial?: string;

  @fact('Host name', 'press-4')
  @IsOptional()
  @IsString()
  @MaxLength(LONGEST)
  hostname?: string;

  @fact('A network address, as the device sees it', '10.1.7.4')
  @IsOptional()
  @IsString()
  @MaxLength(LONGEST)
  address?: string;
}
